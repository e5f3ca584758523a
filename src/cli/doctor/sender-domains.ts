/** The domains that mail is sent as: those of accounts and tenants, and of the newest messages; what they are signed with, where it is known. */
import type { Database } from "../../db/database.ts";
import { rows } from "../../db/database.ts";
import { parseMailbox } from "../../mime/address.ts";
import { readHeader } from "../../mime/raw-header.ts";
import { listAccounts } from "../../tenancy/accounts.ts";
import { listTenants } from "../../tenancy/tenants.ts";
import { urlIn } from "../../url.ts";
import { tagsOf } from "./dmarc.ts";

/** Messages that are looked at, the newest. */
const NEWEST = 200;
/** Of a mail that came whole: its header, in characters of base64. */
const HEADER_BASE64 = 64 * 1024;
/** Domains that are asked for: a machine that sends for a thousand is not examined by hand. */
export const MOST_DOMAINS = 20;

export interface SenderDomain {
  domain: string;
  /** Hosts of the accounts that are set up to send as it. */
  hosts: Set<string>;
  selectors: Set<string>;
}

export async function senderDomains(db: Database, tenantId: string | undefined): Promise<SenderDomain[]> {
  const found = new Map<string, SenderDomain>();
  const note = (address: string | null): SenderDomain | undefined => {
    const domain = domainOf(address);
    if (domain === undefined) return undefined;
    const known = found.get(domain) ?? { domain, hosts: new Set(), selectors: new Set() };
    found.set(domain, known);
    return known;
  };
  for (const { host, fromAddress, allowedSenders } of await listAccounts(db, tenantId)) {
    for (const sender of [fromAddress, ...(allowedSenders ?? [])]) note(sender)?.hosts.add(host);
  }
  for (const { id, allowedSenders } of await listTenants(db)) {
    if (tenantId === undefined || id === tenantId) for (const sender of allowedSenders ?? []) note(sender);
  }
  for (const { from, host, raw } of await newest(db, tenantId)) {
    const domain = note(from);
    if (host !== null) domain?.hosts.add(host);
    for (const { selector, domain: signer } of signaturesIn(raw)) note(signer)?.selectors.add(selector);
  }
  return [...found.values()];
}

/** Of `Ann <ann@example.com>`, `ann@example.com`, `@example.com`, `example.com`; undefined where it names none, or none of the DNS. */
export function domainOf(text: string | null): string | undefined {
  if (text === null || text === "*") return undefined;
  const address = text.includes("<") ? mailboxOf(text) : text;
  const name = address?.slice(address.lastIndexOf("@") + 1).trim() ?? "";
  const hostname = urlIn(`http://${name}/`)?.hostname ?? ""; // as the DNS has it, U-labels too
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(hostname) && !/^[\d.]+$/.test(hostname) ? hostname : undefined;
}

function mailboxOf(text: string): string | undefined {
  try {
    return parseMailbox(text).address;
  } catch {
    return undefined; // what is stored there names nobody
  }
}

/** RFC 6376 3.5: whoever has signed, and by which key. */
export function signaturesIn(raw: string | null): { domain: string; selector: string }[] {
  if (raw === null) return [];
  const whole = raw.slice(0, raw.length - (raw.length % 4));
  const fields = readHeader(Buffer.from(whole, "base64"));
  return fields
    .filter(({ name }) => name.toLowerCase() === "dkim-signature")
    .flatMap(({ value }) => {
      const tags = tagsOf(value.replace(/\r?\n/g, ""));
      const [domain, selector = ""] = [domainOf(tags.get("d") ?? null), tags.get("s")];
      return domain !== undefined && /^[\w.-]+$/.test(selector) ? [{ domain, selector }] : [];
    });
}

const NEWEST_MESSAGES = `
  select p.content ->> '$.from' as "from", a.host, substr(p.content ->> '$.raw', 1, ${HEADER_BASE64}) as raw
  from (select seq, account_key from messages where :tenantId is null or tenant_id = :tenantId order by seq desc limit ${NEWEST}) m
  join payloads p on p.message = m.seq left join accounts a on a.key = m.account_key`;

function newest(db: Database, tenantId: string | undefined) {
  return rows<{ from: string | null; host: string | null; raw: string | null }>(db, NEWEST_MESSAGES, {
    tenantId: tenantId ?? null,
  });
}
