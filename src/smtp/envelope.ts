/** An envelope as commands for one server: MAIL and RCPT with the parameters it offers, checked before a byte is written. */
import { asciiAddress, isAscii, isSafeAddress, originalRecipient, xtext } from "./addresses.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Content } from "./content.ts";
import type { Refused, Unsendable } from "./outcome.ts";

export interface Envelope {
  /** Empty: the null sender. */
  from: string;
  recipients: readonly { address: string }[];
  /** The message's header holds UTF-8 (RFC 6532): only a server with SMTPUTF8 may have it. */
  utf8: boolean;
  dsn?: Dsn | undefined;
}

/** What the sender wants to be told (RFC 3461); asked for only where the server offers DSN. */
export interface Dsn {
  notify?: readonly ("never" | "success" | "failure" | "delay")[] | undefined;
  ret?: "headers" | "full" | undefined;
  envid?: string | undefined;
}

/** The commands before DATA. */
export interface Commands {
  kind: "commands";
  mail: string;
  recipients: { address: string; command: string }[];
  /** Recipients that cannot be named to this server: they fail alone, by our own answer. */
  refused: Refused[];
}

/** RFC 3461 4.4: at most 100 printable characters. */
const ENVID = /^[\x20-\x7e]{1,100}$/;

export function commandsFor(envelope: Envelope, content: Content, server: Capabilities): Commands | Unsendable {
  const sender = envelope.from === "" ? { path: "" } : pathOf(envelope.from, server);
  if ("error" in sender) return unsendable(sender.error, sender.enhanced ?? "5.1.7");
  const fault = faultOf(envelope, content, server);
  if (fault) return fault;

  const recipients: Commands["recipients"] = [];
  const refused: Refused[] = [];
  let utf8 = envelope.utf8 || !isAscii(sender.path);
  for (const { address } of envelope.recipients) {
    const recipient = pathOf(address, server);
    if ("error" in recipient) {
      const reply = { code: 553, enhanced: recipient.enhanced ?? "5.1.3", text: recipient.error };
      refused.push({ kind: "refused", address, stage: "rcpt", reply });
    } else {
      utf8 ||= !isAscii(recipient.path);
      recipients.push({ address, command: `RCPT TO:<${recipient.path}>${rcptParameters(address, envelope, server)}` });
    }
  }
  // RFC 5321 4.1.1.2: no space after the colon.
  const mail = `MAIL FROM:<${sender.path}>${mailParameters(envelope, content, server, utf8)}`;
  return { kind: "commands", mail, recipients, refused };
}

/** An address as this server can read it. */
function pathOf(address: string, server: Capabilities): { path: string } | { error: string; enhanced?: string } {
  if (!isSafeAddress(address)) return { error: "not a valid address" };
  if (server.smtpUtf8) return { path: address };
  const path = asciiAddress(address);
  if (path !== undefined && isSafeAddress(path)) return { path };
  return { error: "the server does not take internationalised addresses", enhanced: "5.6.7" };
}

/** Why this server can never have this message. */
function faultOf({ utf8, dsn }: Envelope, content: Content, server: Capabilities): Unsendable | undefined {
  if (dsn?.envid !== undefined && !ENVID.test(dsn.envid)) return unsendable("not a valid envelope id", "5.5.4");
  if (content.bareLineEnd) return unsendable("the message holds a CR or LF that is not part of a line end", "5.6.0");
  if (utf8 && !server.smtpUtf8) return unsendable("the server does not take internationalised headers", "5.6.7");
  if (content.eightBit && !server.eightBitMime) return unsendable("the server does not take 8-bit content", "5.6.3");
  if (server.maxSize > 0 && content.bytes.length > server.maxSize) {
    return unsendable(`the message has ${content.bytes.length} bytes, the server takes ${server.maxSize}`, "5.3.4");
  }
  return undefined;
}

function unsendable(error: string, enhanced: string): Unsendable {
  return { kind: "unsendable", error, enhanced };
}

function mailParameters({ dsn }: Envelope, content: Content, server: Capabilities, utf8: boolean): string {
  let parameters = "";
  if (server.size) parameters += ` SIZE=${content.bytes.length}`; // RFC 1870 3: without doubled dots
  if (content.eightBit) parameters += " BODY=8BITMIME";
  if (utf8) parameters += " SMTPUTF8";
  if (!dsn || !server.dsn) return parameters;
  if (dsn.ret) parameters += ` RET=${dsn.ret === "full" ? "FULL" : "HDRS"}`;
  if (dsn.envid) parameters += ` ENVID=${xtext(dsn.envid)}`;
  return parameters;
}

function rcptParameters(address: string, { dsn }: Envelope, server: Capabilities): string {
  if (!dsn || !server.dsn) return "";
  const original = ` ORCPT=${originalRecipient(address)}`;
  if (!dsn.notify?.length) return original;
  // RFC 3461 4.1: NEVER stands alone.
  const notify = dsn.notify.includes("never") ? "NEVER" : [...new Set(dsn.notify)].join(",").toUpperCase();
  return ` NOTIFY=${notify}${original}`;
}
