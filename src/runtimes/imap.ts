/** Reads a mailbox over IMAP (RFC 3501) on Bun, Node and Deno, by imapflow: it looks, and leaves no mark. */
import { isIP } from "node:net";
import type { FetchMessageObject, ImapFlow, ImapFlowOptions, MailboxObject } from "imapflow";
import { MailboxFault } from "../bounces/mailbox-fault.ts";
import type { Mailbox, MailboxAddress, MailboxMail, OpenMailbox } from "../ports.ts";
import { addressFault } from "../security/hosts.ts";
import { type GuardedLookup, guardedLookup } from "./guarded-lookup.ts";
import { explain, isRefusal } from "./imap-failure.ts";

/** RFC 2177 3: a server may hang up on an IDLE of 30 minutes. */
const LONGEST_IDLE_MS = 25 * 60_000;
/** Longer than the longest wait: until then each command has its own deadline. */
const SILENCE_MS = 29 * 60_000;
const GOODBYE_MS = 2_000;
const YOUNGEST_MS = 1_000;
const MiB = 1024 * 1024;
/**
 * What a server may say at once. A line holds the numbers of mails, seven or eight octets each, and is taken apart at one go:
 * a MiB of it keeps everybody else waiting for a third of a second. A server that does not keep to the range that it was asked
 * for sends more than that of a mail.
 */
const OWN_BOUNDS = { maxLineLength: 16 * MiB, maxLiteralSize: 32 * MiB, maxResponseSize: 64 * MiB };
/** Of a server that a tenant's key has named, and that may be anybody's. */
const STRANGERS_BOUNDS = { maxLineLength: MiB, maxLiteralSize: 4 * MiB, maxResponseSize: 5 * MiB };

const LOST = "the connection was lost";
const UNREACHABLE = "the host cannot be reached at a public address";

export const openMailbox: OpenMailbox = async (address, signal) => openGuarded(address, guardOf(address), signal);

/** `guard`: which of the host's addresses may be connected to; undefined: any. */
export async function openGuarded(
  address: MailboxAddress,
  guard: GuardedLookup | undefined,
  signal: AbortSignal,
): Promise<Mailbox> {
  // Loaded with the first mailbox: most instances have none, and start faster for it.
  const { ImapFlow } = await import("imapflow");
  const client = new ImapFlow(optionsOf(address, guard));
  const reader = new ImapMailbox(client, address);
  const cut = () => client.close();
  signal.addEventListener("abort", cut);
  client.once("close", () => signal.removeEventListener("abort", cut));
  try {
    if (signal.aborted) throw new MailboxFault("it was stopped");
    await reader.open();
  } catch (error) {
    client.close();
    throw guard?.refusal === undefined ? error : new MailboxFault(UNREACHABLE);
  }
  return reader;
}

function guardOf({ host, publicOnly }: MailboxAddress): GuardedLookup | undefined {
  if (!publicOnly) return undefined;
  if (isIP(host) !== 0 && addressFault(host) !== undefined) throw new MailboxFault(UNREACHABLE);
  return guardedLookup(addressFault);
}

function optionsOf(address: MailboxAddress, guard: GuardedLookup | undefined): ImapFlowOptions {
  const { host, port, user, password, tls, tlsVerify, ca, publicOnly, timeoutMs } = address;
  const options: ImapFlowOptions = {
    ...{ host, port, auth: { user, pass: password }, secure: tls === "implicit" },
    tls: {
      rejectUnauthorized: tlsVerify,
      // RFC 6066 3: the server name in the handshake is never an address; imapflow's `false` for it is nothing that Bun takes.
      ...(isIP(host) === 0 ? {} : { servername: undefined }),
      ...(ca === undefined ? {} : { ca }),
      ...(guard === undefined ? {} : { lookup: guard.lookup }),
    },
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: SILENCE_MS },
    ...(publicOnly ? STRANGERS_BOUNDS : OWN_BOUNDS),
    // Compressed, a small answer may become a large one.
    ...{ disableCompression: true, disableAutoIdle: true, logger: false },
    clientInfo: { name: "mail-proxy", version: false, vendor: false, "support-url": false },
  };
  if (tls === "starttls") options.doSTARTTLS = true;
  return options;
}

class ImapMailbox implements Mailbox {
  uidValidity = "";
  uidNext: number | undefined;
  readonly #client: ImapFlow;
  readonly #address: MailboxAddress;
  /** Something came in since the last list. */
  #news = false;
  /** What broke the connection; the commands on it only learn that it is gone. */
  #broken: unknown;

  constructor(client: ImapFlow, address: MailboxAddress) {
    this.#client = client;
    this.#address = address;
    client.on("exists", () => {
      this.#news = true;
    });
    client.on("error", (error) => {
      this.#broken ??= error;
    });
  }

  async open(): Promise<void> {
    await this.#answered(this.#client.connect(), 2 * this.#address.timeoutMs);
    const { folder } = this.#address;
    const opening = this.#client.mailboxOpen(folder, { readOnly: true }).catch((error: unknown) => {
      throw this.#fault(error, `the folder ${JSON.stringify(folder)} cannot be opened`);
    });
    // imapflow has nothing to answer where the connection is lost in between.
    const opened: MailboxObject | undefined = await this.#answered(opening);
    if (opened === undefined) throw this.#fault(new Error(LOST));
    // RFC 3501 6.3.1: such a server has no lasting numbers for its mails.
    if (!opened.uidValidity) throw new MailboxFault("the server does not number the folder's mails for good");
    this.uidValidity = String(opened.uidValidity);
    this.uidNext = opened.uidNext > 0 ? opened.uidNext : undefined;
  }

  async list(after: number, since?: number): Promise<number[]> {
    this.#news = false;
    // RFC 5032 3: what imapflow asks for, where it can, is an age, and none of 0 seconds.
    const young = since === undefined ? {} : { since: new Date(Math.min(since, Date.now() - YOUNGEST_MS)) };
    const sought = { uid: `${after + 1}:*`, ...young };
    const found = await this.#answered(this.#client.search(sought, { uid: true }));
    if (!Array.isArray(found)) throw this.#fault(new Error("the server refuses to search the folder"));
    // RFC 3501 6.4.8: the last mail always belongs to `n:*`.
    return found.filter((uid) => uid > after).sort((a, b) => a - b);
  }

  async *fetch(uids: readonly number[], mostBytes: number): AsyncGenerator<MailboxMail> {
    const left = new Set(uids);
    try {
      for await (const mail of this.#mails(uids, mostBytes)) {
        left.delete(mail.uid);
        yield mail;
      }
      return;
    } catch (error) {
      if (!isRefusal(error)) throw this.#fault(error);
    }
    // One of them cannot be had (a damaged mail, say): the others can.
    for (const uid of left) yield* this.#single(uid, mostBytes);
  }

  async *#single(uid: number, mostBytes: number): AsyncGenerator<MailboxMail> {
    try {
      yield* this.#mails([uid], mostBytes);
    } catch (error) {
      if (!isRefusal(error)) throw this.#fault(error);
      yield { uid, refused: explain(error, this.#address).message };
    }
  }

  async *#mails(uids: readonly number[], maxLength: number): AsyncGenerator<{ uid: number; raw: Uint8Array }> {
    const asked = { uid: true, source: { maxLength } };
    const missing = new Set(uids);
    const mails = this.#client.fetch(uids.join(","), asked, { uid: true });
    try {
      for (;;) {
        const { done, value } = await this.#inTime(mails.next());
        if (done === true) break;
        const { uid, source }: FetchMessageObject = value;
        if (source === undefined) continue;
        if (!missing.delete(uid)) throw new Error("the server sends mails that it was not asked for");
        yield { uid, raw: source.subarray(0, maxLength) };
      }
    } finally {
      await mails.return(undefined);
    }
    if (this.#client.isClosed) throw new Error(LOST);
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    const client = this.#client;
    return new Promise((resolve, reject) => {
      const ignore = () => {
        clearTimeout(timer);
        client.off("exists", end).off("close", fail);
        signal.removeEventListener("abort", end);
      };
      const end = () => {
        ignore();
        resolve();
      };
      const fail = (error?: unknown) => {
        ignore();
        reject(this.#fault(error ?? new Error(LOST)));
      };
      const timer = setTimeout(end, Math.min(ms, LONGEST_IDLE_MS));
      client.on("exists", end).on("close", fail);
      signal.addEventListener("abort", end);
      if (client.isClosed) fail();
      else if (this.#news || signal.aborted) end();
      else client.idle().catch(fail);
    });
  }

  async close(): Promise<void> {
    const goodbye = this.#inTime(this.#client.logout(), GOODBYE_MS);
    await goodbye.catch(() => this.#client.close()); // it is gone either way
  }

  async #answered<T>(answer: Promise<T>, ms?: number): Promise<T> {
    try {
      return await this.#inTime(answer, ms);
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** A server that says nothing loses the connection; with the connection ends what imapflow would wait for (a TLS handshake). */
  #inTime<T>(answer: Promise<T>, ms = this.#address.timeoutMs): Promise<T> {
    const client = this.#client;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error("the server does not answer"));
        client.close();
      }, ms);
      // A turn later: where imapflow knows why it closed, that comes first.
      const lost = () => void setTimeout(() => reject(new Error(LOST)));
      client.once("close", lost);
      const settled = () => {
        clearTimeout(timer);
        client.off("close", lost);
      };
      answer.finally(settled).then(resolve, reject);
    });
  }

  #fault(error: unknown, refused?: string): MailboxFault {
    return error instanceof MailboxFault ? error : explain(this.#broken ?? error, this.#address, refused);
  }
}
