/**
 * Which hosts a tenant may name: public ones only, so that nobody reaches into the operator's network.
 *
 * A name says nothing of the address it resolves to: whoever connects for a tenant checks that too (`addressFault`).
 */

import { urlIn } from "../url.ts";
import { ipv4Fault, ipv6Fault, isIn } from "./addresses.ts";

/** Top-level names of private networks: RFC 6761 6.3, RFC 6762 3 and appendix G, RFC 8375, ICANN's `internal`. */
const PRIVATE_NAMES = /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;

const NOT_A_HOST = "is not a host name or address";

/** Why this host is not public, in words for a person; undefined where it is. */
export function hostFault(host: string): string | undefined {
  const canonical = canonicalHost(host);
  if (canonical === undefined) return NOT_A_HOST;
  return isAddress(canonical) ? literalFault(canonical) : nameFault(canonical);
}

/** Why this URL may not be called for a tenant: another scheme than http(s), credentials in it, a host that is not public. */
export function urlFault(text: string): string | undefined {
  const url = urlIn(text);
  if (url === undefined) return "is not a URL";
  if (url.protocol !== "http:" && url.protocol !== "https:") return "is not an http or https URL";
  if (url.username !== "" || url.password !== "") return "holds credentials";
  return hostFault(url.hostname);
}

/** Why the address that a name was resolved to is not public; undefined where it is. */
export function addressFault(address: string): string | undefined {
  const canonical = canonicalHost(address);
  return canonical !== undefined && isAddress(canonical) ? literalFault(canonical) : "is not an address";
}

/** Whether the host is an address in one of these networks (`192.0.2.0/24`), or one of these domains or a name below it. */
export function belongsTo(host: string, networks: readonly string[], domains: readonly string[]): boolean {
  const canonical = canonicalHost(host);
  if (canonical === undefined) return false;
  if (isAddress(canonical)) return isIn(networks, canonical.replace(/[[\]]/g, ""));
  const name = canonical.replace(/\.$/, "");
  return domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

/** Every spelling of a host in one, IPv6 addresses in brackets; undefined for what is no host: the URL Standard reads octal, hexadecimal and short forms as system resolvers do. */
export function canonicalHost(host: string): string | undefined {
  // What a URL parser would take for userinfo, a path, an escape or a zone id, or would drop.
  if (/[\s@/\\?#%\u0000-\u001f\u007f]/.test(host)) return undefined;
  // With a colon it is an IPv6 address or has a port, which inside brackets is no address.
  const text = host.includes(":") && !/^\[.*\]$/.test(host) ? `http://[${host}]/` : `http://${host}/`;
  return urlIn(text)?.hostname;
}

export function isAddress(canonical: string): boolean {
  return canonical.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(canonical);
}

function literalFault(canonical: string): string | undefined {
  return canonical.startsWith("[") ? ipv6Fault(canonical.slice(1, -1)) : ipv4Fault(canonical);
}

function nameFault(canonical: string): string | undefined {
  const name = canonical.endsWith(".") ? canonical.slice(0, -1) : canonical;
  if (name.split(".").includes("")) return NOT_A_HOST;
  // `sandbox`, `localhost` and every other name that only a local resolver completes.
  if (!name.includes(".")) return "is not a public host name";
  return PRIVATE_NAMES.test(name) ? "is a name of a private network" : undefined;
}
