/** A domain's SPF record (RFC 7208): read with what it includes, its look-ups counted as a receiver counts them, and judged. */
import { isIP } from "node:net";
import { isIn } from "../../security/addresses.ts";
import { canonicalHost } from "../../security/hosts.ts";
import type { Answer, Names } from "./dns.ts";
import { failed, ok, skipped, type Verdict, warning } from "./finding.ts";

/** RFC 7208 4.6.4: more terms that ask name servers are a permanent error. */
const MOST_LOOKUPS = 10;
/** Where the count ends: nobody follows a record that goes on for ever. */
const LAST_LOOKUP = 30;

export interface Term {
  /** RFC 7208 4.6.2: pass, fail, softfail, neutral. */
  qualifier: string;
  name: string;
  value: string;
}

export interface Spf {
  /** How many records there are; one is right. */
  records: number;
  silent: string | null;
  lookups: number;
  /** What it lets send, as far as it says so in addresses. */
  networks: string[];
  /** Qualifier of its `all`, of whatever it redirects to included. */
  all: string | null;
  /** What cannot be followed or read. */
  faults: string[];
}

/** The records that are SPF ones (RFC 7208 4.5). */
export function spfRecords(texts: readonly string[]): string[] {
  return texts.filter((text) => /^v=spf1( |$)/i.test(text));
}

/** RFC 7208 4.6.1: mechanisms `name`, `name:value`, `name/length`, modifiers `name=value`. */
export function termsOf(record: string): Term[] {
  const words = record.split(/ +/).slice(1).filter(Boolean);
  return words.map((word) => {
    const [, qualifier = "", name = "", value = ""] = /^([+?~-]?)([a-z0-9_.-]+)((?:[:=/].*)?)$/i.exec(word) ?? [];
    return { qualifier: qualifier || "+", name: name.toLowerCase(), value: value.replace(/^[:=]/, "") };
  });
}

export async function readSpf(domain: string, names: Names): Promise<Spf> {
  const spf: Spf = { records: 0, silent: null, lookups: 0, networks: [], all: null, faults: [] };
  const answer = await names.txt(domain);
  if (answer.kind === "silent") return { ...spf, silent: answer.why };
  const found = answer.kind === "found" ? spfRecords(answer.records) : [];
  const [record] = found;
  if (record !== undefined) await follow({ domain, record, isOuter: true, asked: new Set([domain]) }, spf, names);
  return { ...spf, records: found.length };
}

interface Place {
  domain: string;
  record: string;
  /** Of an included record only the matches count, not its `all` (RFC 7208 5.2). */
  isOuter: boolean;
  asked: ReadonlySet<string>;
}

async function follow(place: Place, spf: Spf, names: Names): Promise<void> {
  const terms = termsOf(place.record);
  for (const term of terms) {
    if (spf.lookups >= LAST_LOOKUP) return;
    await followTerm(term, place, spf, names);
  }
  const redirect = terms.find(({ name }) => name === "redirect");
  // RFC 7208 6.1: it counts where no `all` is.
  if (redirect === undefined || terms.some(({ name }) => name === "all")) return;
  spf.lookups += 1;
  await enter(redirect.value, place, spf, names, place.isOuter);
}

async function followTerm({ qualifier, name, value }: Term, place: Place, spf: Spf, names: Names): Promise<void> {
  const isPass = qualifier === "+";
  switch (name) {
    case "all":
      if (place.isOuter) spf.all ??= qualifier;
      return;
    case "ip4":
    case "ip6":
      if (isPass && isNetwork(value)) spf.networks.push(canonical(value));
      else if (!isNetwork(value)) spf.faults.push(`${name}:${value} is no network`);
      return;
    case "include":
      spf.lookups += 1;
      return enter(value, place, spf, names, false);
    case "a":
    case "mx":
      spf.lookups += 1;
      if (isPass) spf.networks.push(...(await addressesOf(name, value, place.domain, names)));
      return;
    case "ptr":
    case "exists":
      spf.lookups += 1;
      return;
    case "":
      spf.faults.push("a term that nobody understands");
  }
}

async function enter(domain: string, place: Place, spf: Spf, names: Names, isOuter: boolean): Promise<void> {
  if (domain.includes("%")) return; // a macro (RFC 7208 7): each mail has another one
  if (place.asked.has(domain)) return void spf.faults.push(`${domain} includes itself`);
  const answer = await names.txt(domain);
  if (answer.kind === "silent") return;
  const [record, ...others] = answer.kind === "found" ? spfRecords(answer.records) : [];
  // RFC 7208 5.2: what is included and has no record is a permanent error.
  if (record === undefined) return void spf.faults.push(`${domain}, which it includes, has no record`);
  if (others.length > 0) spf.faults.push(`${domain}, which it includes, has several records`);
  await follow({ domain, record, isOuter, asked: new Set([...place.asked, domain]) }, spf, names);
}

async function addressesOf(name: "a" | "mx", value: string, domain: string, names: Names): Promise<string[]> {
  const [host = "", length = ""] = value.split("/");
  const at = host === "" ? domain : host;
  if (at.includes("%")) return [];
  const hosts =
    name === "a"
      ? [at]
      : found(await names.mx(at))
          .map(({ exchange }) => exchange)
          .slice(0, MOST_LOOKUPS);
  const addresses = (await Promise.all(hosts.map(async (each) => found(await names.addresses(each))))).flat();
  return addresses.map((address) => (isIP(address) === 4 && /^\d+$/.test(length) ? `${address}/${length}` : address));
}

function found<T>(answer: Answer<T>): T[] {
  return answer.kind === "found" ? answer.records : [];
}

function isNetwork(text: string): boolean {
  const [address = "", length = "0", ...rest] = text.split("/");
  const width = { 4: 32, 6: 128 }[isIP(address)];
  return width !== undefined && rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= width;
}

/** In the spelling that networks are compared in. */
function canonical(network: string): string {
  const [address = "", length] = network.split("/");
  const host = canonicalHost(address)?.replace(/[[\]]/g, "") ?? address;
  return length === undefined ? host : `${host}/${length}`;
}

/** A server that an account sends through, with its addresses. */
export interface Host {
  host: string;
  addresses: readonly string[];
}

export function judgeSpf(spf: Spf, domain: string, hosts: readonly Host[]): Verdict {
  if (spf.silent !== null) return skipped(`no DNS answer (${spf.silent})`);
  if (spf.records === 0)
    return warning(
      "there is no SPF record, so receivers trust its mail less",
      `add a TXT record to ${domain}: "v=spf1 include:YOUR-RELAY -all"`,
    );
  if (spf.records > 1)
    return failed(`there are ${spf.records} SPF records, so receivers heed none (RFC 7208 4.5)`, "make them one");
  const [fault] = spf.faults;
  if (fault !== undefined) return failed(`the SPF record is broken: ${fault}`, `mend the TXT record of ${domain}`);
  if (spf.lookups > MOST_LOOKUPS)
    return failed(
      `the SPF record takes ${spf.lookups}${spf.lookups >= LAST_LOOKUP ? " or more" : ""} look-ups; beyond ${MOST_LOOKUPS} receivers heed none of it (RFC 7208 4.6.4)`,
      "remove what it includes and is not needed any more",
    );
  if (spf.all === "+") return failed("the SPF record lets anybody send (+all)", "end it with -all or ~all");
  if (spf.all === null || spf.all === "?")
    return warning("the SPF record does not say what becomes of other servers' mail", "end it with -all or ~all");
  return ok(
    `SPF record with ${spf.lookups} of ${MOST_LOOKUPS} look-ups, ends with ${spf.all}all${hostWords(spf.networks, hosts)}`,
  );
}

/** A relay may hand mail on from other addresses than those at which it takes it: what is not named may be right all the same. */
function hostWords(networks: readonly string[], hosts: readonly Host[]): string {
  return hosts
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ host, addresses }) => {
      const isNamed = addresses.some((address) => isIn(networks, address));
      return isNamed ? `; names ${host}` : `; does not name ${host} itself, which may send from other addresses`;
    })
    .join("");
}
