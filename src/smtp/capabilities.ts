/** What a server says in its EHLO reply that it can do (RFC 5321 4.1.1.1). */
import type { AuthMethod } from "./account.ts";

export interface Capabilities {
  startTls: boolean; // RFC 3207
  pipelining: boolean; // RFC 2920
  eightBitMime: boolean; // RFC 6152
  smtpUtf8: boolean; // RFC 6531
  dsn: boolean; // RFC 3461
  /** RFC 1870: whether SIZE is offered, and the most bytes a message may have; 0: no limit told. */
  size: boolean;
  maxSize: number;
  /** RFC 4954: whether any login is offered, and which of those that we know. */
  offersAuth: boolean;
  auth: AuthMethod[];
}

const METHODS: Record<string, AuthMethod> = {
  PLAIN: "plain",
  LOGIN: "login",
  "CRAM-MD5": "cram-md5",
  XOAUTH2: "xoauth2",
};

/** Reads the lines of an EHLO reply; no lines (a server that knows only HELO) is a server that can nothing. */
export function parseCapabilities(lines: readonly string[]): Capabilities {
  const offers = new Map<string, string[]>();
  // The first line is the greeting. Old servers write AUTH=LOGIN, some beside the line with the space.
  for (const line of lines.slice(1)) {
    const [keyword = "", ...parameters] = line
      .trim()
      .toUpperCase()
      .replace(/^AUTH=/, "AUTH ")
      .split(/\s+/);
    offers.set(keyword, [...(offers.get(keyword) ?? []), ...parameters]);
  }
  const auth = offers.get("AUTH");
  return {
    startTls: offers.has("STARTTLS"),
    pipelining: offers.has("PIPELINING"),
    eightBitMime: offers.has("8BITMIME"),
    smtpUtf8: offers.has("SMTPUTF8"),
    dsn: offers.has("DSN"),
    size: offers.has("SIZE"),
    maxSize: Number(/^\d+$/.exec(offers.get("SIZE")?.[0] ?? "")?.[0] ?? 0),
    offersAuth: auth !== undefined,
    auth: [...new Set(auth?.flatMap((name) => METHODS[name] ?? []))],
  };
}
