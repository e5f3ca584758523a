/** A DKIM key in the DNS (RFC 6376 3.6.1): there, not revoked, and strong enough. */
import { createPublicKey } from "node:crypto";
import { tagsOf } from "./dmarc.ts";
import type { Answer } from "./dns.ts";
import { failed, ok, skipped, type Verdict, warning } from "./finding.ts";

/** RFC 8301 3.2: verifiers take no shorter RSA keys; signers use at least twice as much. */
const LEAST_BITS = 1024;
const GOOD_BITS = 2048;

export function judgeDkim(answer: Answer<string>, name: string): Verdict {
  if (answer.kind === "silent") return skipped(`no DNS answer (${answer.why})`);
  const advice = `publish the key of whoever signs as a TXT record of ${name}`;
  if (answer.kind === "none") return failed("there is no key, so signatures with this selector fail", advice);
  const [record = "", ...others] = answer.records;
  if (others.length > 0)
    return failed(`there are ${answer.records.length} records, and which of them counts is open`, "keep one");
  const tags = tagsOf(record);
  const key = tags.get("p");
  const version = tags.get("v");
  if (key === undefined || (version !== undefined && version !== "DKIM1"))
    return failed("its record is no DKIM key", advice);
  if (key === "")
    return failed("the key is revoked (RFC 6376 3.6.1)", "sign with another selector, or publish its key again");
  return judgeKey(tags.get("k") ?? "rsa", key.replace(/\s/g, ""), advice);
}

function judgeKey(kind: string, key: string, advice: string): Verdict {
  if (kind === "ed25519") return ok("ed25519 key"); // RFC 8463 4
  if (kind !== "rsa") return warning(`a key of a kind that receivers do not know (${kind.slice(0, 20)})`, advice);
  const bits = bitsOf(key);
  if (bits === undefined) return failed("its key cannot be read", advice);
  const stronger = `sign with a key of ${GOOD_BITS} bits, under another selector`;
  if (bits < LEAST_BITS) return failed(`an RSA key of ${bits} bits, which receivers refuse (RFC 8301)`, stronger);
  return bits < GOOD_BITS ? warning(`an RSA key of ${bits} bits`, stronger) : ok(`RSA key of ${bits} bits`);
}

function bitsOf(key: string): number | undefined {
  try {
    const details = createPublicKey({
      key: Buffer.from(key, "base64"),
      format: "der",
      type: "spki",
    }).asymmetricKeyDetails;
    return details?.modulusLength;
  } catch {
    return undefined; // whatever stands there, it is no key
  }
}
