/**
 * Where a request may go that somebody else has named: anywhere public, and wherever an allow-list opens a private place.
 *
 * A URL is looked at before anything is resolved, and each address once more when it is connected to (ports.ts, `http`):
 * a name may resolve to anything, and to something else each time.
 */
import { ConfigError } from "../config.ts";
import { isIn } from "./addresses.ts";
import { addressFault, canonicalHost, isAddress, urlFault } from "./hosts.ts";

export interface Reach {
  /** Why this URL may not be called, in words that go on after it; undefined where it may. */
  urlFault(url: URL): string | undefined;
  /** Why no connection may be made to an address of the URL's host; undefined where it may. */
  addressFault(url: URL, address: string): string | undefined;
}

/** No connection was made: the host has no address that may be reached. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/** What an operator has named himself may be anywhere. */
export const ANYWHERE: Reach = { urlFault: () => undefined, addressFault: () => undefined };

/**
 * Public addresses, and of others those that `allowed` names: hosts (`files.internal`), domains with all names below
 * (`.internal`), addresses and networks (`10.1.0.0/16`). Throws ConfigError where an entry is none of these.
 */
export function publicReach(allowed: readonly string[] = []): Reach {
  const entries = allowed.map(read);
  const networks = entries.filter(isNetwork);
  const names = entries.filter((entry) => !isNetwork(entry));
  const isNamed = ({ hostname }: URL) => {
    const host = bare(hostname);
    return names.some((name) => (name.startsWith(".") ? `.${host}`.endsWith(name) : name === host));
  };
  const isOpen = (address: string) => isIn(networks, address);
  return {
    urlFault(url) {
      const fault = urlFault(url.href);
      if (fault === undefined || !isPlain(url)) return fault;
      if (isAddress(url.hostname)) return isOpen(bare(url.hostname)) ? undefined : fault;
      // A private name may have an address that is open: the connection will tell.
      return isNamed(url) || networks.length > 0 ? undefined : fault;
    },
    addressFault(url, address) {
      const fault = addressFault(address);
      if (fault === undefined || isNamed(url)) return undefined;
      const canonical = canonicalHost(address);
      return canonical !== undefined && isOpen(bare(canonical)) ? undefined : fault;
    },
  };
}

/** Nothing but its host may be wrong with it. */
function isPlain({ protocol, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

/** Without the brackets of IPv6, and the dot that ends a full name. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function isNetwork(entry: string): boolean {
  return entry.includes("/");
}

/** A name in lower case, or a network with its length. */
function read(entry: string): string {
  const [host = "", length, ...rest] = entry.trim().split("/");
  const isDomain = host.startsWith(".");
  const canonical = canonicalHost(isDomain ? host.slice(1) : host);
  if (canonical === undefined || rest.length > 0) throw notOne(entry);
  const name = bare(canonical);
  if (!isAddress(canonical)) {
    if (length !== undefined || name.split(".").includes("")) throw notOne(entry);
    return isDomain ? `.${name}` : name;
  }
  const width = canonical.startsWith("[") ? 128 : 32;
  if (isDomain || !/^\d{1,3}$/.test(length ?? "0") || Number(length ?? 0) > width) throw notOne(entry);
  return `${name}/${length ?? width}`;
}

function notOne(entry: string): ConfigError {
  return new ConfigError(
    `MAIL_PROXY_ATTACHMENT_ALLOW: ${JSON.stringify(entry)} is no host, .domain, address or network`,
  );
}
