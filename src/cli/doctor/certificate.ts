/** How long a certificate is good, and whether whoever connects would take it. */
import { X509Certificate } from "node:crypto";
import { failed, ok, type Verdict, warning } from "./finding.ts";
import { counted, dayText } from "./words.ts";

/** Whoever renews by hand has time, and whatever renews by itself has long done so (ACME: at 30 days). */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

export interface Certificate {
  /** Unix milliseconds. */
  validFrom: number;
  validTo: number;
  /** Why a client that verifies would refuse it, apart from its dates; in words. */
  fault: string | null;
  /** "TLSv1.3", where it was met on a connection. */
  protocol: string | null;
}

export function fileCertificate(pem: Buffer): Certificate {
  const { validFrom, validTo } = new X509Certificate(pem);
  return { validFrom: Date.parse(validFrom), validTo: Date.parse(validTo), fault: null, protocol: null };
}

/** `verified` false: nobody looks at it but us, so that nothing is wrong, whatever it is. */
export function judgeCertificate(
  { validFrom, validTo, fault, protocol }: Certificate,
  now: number,
  verified = true,
): Verdict {
  const over = protocol === null ? "" : `${protocol}, `;
  const days = Math.floor((validTo - now) / DAY_MS);
  const wrong =
    now > validTo
      ? `expired on ${dayText(validTo)}`
      : now < validFrom
        ? `is valid from ${dayText(validFrom)} only`
        : fault;
  if (!verified) return ok(`${over}certificate not verified${wrong === null ? "" : ` (it ${wrong})`}`);
  if (wrong !== null)
    return failed(`the certificate ${wrong}`, "its owner must renew it, or replace it by one for this name");
  const text = `${over}certificate good for ${counted(days, "day")} more`;
  return days >= SOON_DAYS ? ok(text) : warning(text, `its owner must renew it before ${dayText(validTo)}`);
}
