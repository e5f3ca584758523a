/** A domain's DMARC policy (RFC 7489): its own, else that of a domain above it. */
import type { Names } from "./dns.ts";
import { failed, ok, skipped, type Verdict, warning } from "./finding.ts";

export interface Dmarc {
  silent: string | null;
  /** Whose record it is. */
  at: string | null;
  records: string[];
}

/** A name has so many domains above it at most that are asked. */
const MOST_PARENTS = 6;

/**
 * RFC 7489 6.6.3 goes on to the organisational domain, which takes a list of public suffixes to know; here each domain above is
 * asked in turn, but for the last label.
 */
export async function readDmarc(domain: string, names: Names): Promise<Dmarc> {
  const labels = domain.split(".");
  const parents = labels.slice(0, -1).map((_, at) => labels.slice(at).join("."));
  for (const at of [domain, ...parents.slice(1).slice(-MOST_PARENTS)]) {
    const answer = await names.txt(`_dmarc.${at}`);
    if (answer.kind === "silent") return { silent: answer.why, at: null, records: [] };
    const records =
      answer.kind === "found" ? answer.records.filter((text) => /^v\s*=\s*DMARC1\s*(;|$)/.test(text)) : [];
    if (records.length > 0) return { silent: null, at, records };
  }
  return { silent: null, at: null, records: [] };
}

/** RFC 7489 6.4, RFC 6376 3.2: `name=value` with semicolons between; the first of a name counts. */
export function tagsOf(record: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const part of record.split(";")) {
    const [, name, value] = /^\s*([A-Za-z]\w*)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    if (name !== undefined && value !== undefined && !tags.has(name)) tags.set(name, value);
  }
  return tags;
}

export function judgeDmarc({ silent, at, records }: Dmarc, domain: string): Verdict {
  if (silent !== null) return skipped(`no DNS answer (${silent})`);
  const [record] = records;
  if (at === null || record === undefined)
    return warning(
      "there is no DMARC record; large receivers want one",
      `add a TXT record to _dmarc.${domain}: "v=DMARC1; p=none; rua=mailto:..."`,
    );
  if (records.length > 1)
    return failed(
      `_dmarc.${at} has ${records.length} DMARC records, so receivers heed none (RFC 7489 6.6.3)`,
      "make them one",
    );
  const tags = tagsOf(record);
  const policy = ((at === domain ? undefined : tags.get("sp")) ?? tags.get("p") ?? "").toLowerCase();
  const whose = at === domain ? "" : ` (of ${at})`;
  if (!["none", "quarantine", "reject"].includes(policy))
    return failed(`the DMARC record${whose} has no policy`, `give _dmarc.${at} p=none, quarantine or reject`);
  if (policy !== "none") return ok(`DMARC policy ${policy}${whose}`);
  const advice = "once its reports show that all of its mail is signed or passes SPF: p=quarantine";
  return warning(`DMARC policy none${whose}: mail that others forge is delivered all the same`, advice);
}
