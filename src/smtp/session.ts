/** An open SMTP session: sends one message after another, each with an outcome per recipient. */
import { FINAL_DOT_FACTOR, type SmtpAccount } from "./account.ts";
import { Connection, type Trace } from "./connection.ts";
import { type Content, inspect, stuffed, terminator } from "./content.ts";
import { UnexpectedReply } from "./dialogue.ts";
import { commandsFor, type Envelope } from "./envelope.ts";
import { failureText } from "./failure.ts";
import { redact } from "./login.ts";
import type { AccountFault, Answered, Lost, Stage, Unsendable } from "./outcome.ts";
import { ProtocolFault } from "./replies.ts";
import { Transaction } from "./transaction.ts";

export type { SmtpAccount } from "./account.ts";
export type { Envelope } from "./envelope.ts";

/** So many commands are written at once: few enough that their replies fit any buffer while we still write (RFC 2920 3.1). */
const GROUP = 100;

/** A larger message goes in blocks, each of which the server must take in time (RFC 5321 4.5.3.2.5). */
const BLOCK_BYTES = 64 * 1024;

/** QUIT is a courtesy that nobody waits long for. */
const QUIT_TIMEOUT_MS = 2_000;

const NOTHING = new Uint8Array(0);

export interface OpenOptions {
  trace?: Trace;
  signal?: AbortSignal;
}

export class Session extends Connection {
  /** Transactions begun so far. */
  transactions = 0;
  /** A failed transaction must be cleared away before the next one. */
  #unfinished = false;
  /** Set while `handOn` is called: settles when the message that calls it has its outcome. */
  #ahead: Promise<void> | undefined;

  /** Connects and logs in; an abort of the signal ends that at any stage. */
  static async open(account: SmtpAccount, { trace, signal }: OpenOptions = {}): Promise<Session | AccountFault> {
    let session: Session | undefined;
    const cut = () => session?.drop();
    try {
      signal?.throwIfAborted();
      session = new Session(account, trace ?? (() => undefined));
      signal?.addEventListener("abort", cut);
      await session.begin();
      return session;
    } catch (error) {
      session?.drop();
      return accountFault(account, session?.stage ?? "connect", error);
    } finally {
      signal?.removeEventListener("abort", cut);
    }
  }

  /**
   * Sends one message; `bytes` end their lines in CRLF. The next message may begin when this one has ended or, where the
   * server allows it, while `handOn` is called: then its commands travel behind this one's final dot (RFC 2920 3.1).
   */
  async send(envelope: Envelope, bytes: Uint8Array, handOn?: () => void): Promise<Answered | Lost | Unsendable> {
    this.attend();
    const ahead = this.#ahead;
    const content = inspect(bytes);
    const commands = commandsFor(envelope, content, this.capabilities);
    if (commands.kind === "unsendable" || commands.recipients.length === 0) {
      await ahead;
      return commands.kind === "unsendable" ? commands : { kind: "answered", recipients: commands.refused };
    }
    const transaction = new Transaction(commands, this.#unfinished);
    this.#unfinished = false;
    this.transactions++;
    let end = () => {};
    const letNextBegin = () => {
      if (!handOn || !this.capabilities.pipelining) return;
      this.#ahead = new Promise((resolve) => {
        end = resolve;
      });
      handOn();
      this.#ahead = undefined;
    };
    try {
      await this.#offer(transaction, ahead);
      return transaction.invited ? await this.#deliver(transaction, content, letNextBegin) : transaction.refused();
    } catch (error) {
      this.drop();
      return transaction.broken(failureText(error));
    } finally {
      this.#unfinished = transaction.begun;
      if (!this.alive) this.drop();
      end();
    }
  }

  /** Says goodbye and closes the connection. */
  async quit(): Promise<void> {
    this.attend();
    if (this.alive) await this.farewell(Math.min(QUIT_TIMEOUT_MS, this.replyTimeoutMs));
    this.drop();
  }

  /** MAIL, RCPT and DATA: in groups where the server takes them so, else one by one. */
  async #offer(transaction: Transaction, ahead: Promise<void> | undefined): Promise<void> {
    const { steps } = transaction;
    const size = this.capabilities.pipelining ? GROUP : 1;
    for (let at = 0; at < steps.length && !transaction.over; at += size) {
      const group = steps.slice(at, at + size);
      this.enqueue(group.map(({ line }) => `${line}\r\n`).join(""));
      // The message ahead writes our first group with its own end, and has its reply before us.
      if (at === 0 && ahead) await ahead;
      else await this.flush();
      for (const { stage } of group) {
        transaction.stage = stage;
        transaction.take(stage, this.received() ?? (await this.reply()));
        if (!this.alive) return;
      }
    }
  }

  /** The message, to a server that waits for it. */
  async #deliver(transaction: Transaction, content: Content, letNextBegin: () => void): Promise<Answered> {
    transaction.stage = "body";
    if (transaction.over) {
      // Nobody knows to whom a server would deliver that refused MAIL and invites the message all the same.
      if (!transaction.begun) throw new ProtocolFault("the server refused MAIL and accepted DATA");
      // RFC 2920 3.1: one that has refused all recipients gets a dot alone.
      await this.write(terminator(NOTHING));
    } else {
      const body = stuffed(content);
      let at = 0;
      for (; body.length - at > BLOCK_BYTES; at += BLOCK_BYTES) await this.write(body.subarray(at, at + BLOCK_BYTES));
      this.enqueue(at === 0 ? body : body.subarray(at));
      this.enqueue(terminator(content.bytes));
      transaction.dotted = true;
      letNextBegin();
      await this.flush();
    }
    return transaction.finish(await this.reply(this.replyTimeoutMs * FINAL_DOT_FACTOR));
  }
}

/** The server's own words are told, but not what it repeats of a login. */
function accountFault(account: SmtpAccount, stage: Stage, thrown: unknown): AccountFault {
  const { user = "", password = "" } = account;
  const clean = (text: string) => (stage === "auth" ? redact(text, user, password) : text);
  const text = clean(failureText(thrown));
  const error = stage === "connect" ? (account.explain?.(text) ?? text) : text;
  const fault: AccountFault = { kind: "account_fault", stage, error };
  if (!(thrown instanceof UnexpectedReply)) return fault;
  return { ...fault, reply: { ...thrown.reply, text: clean(thrown.reply.text) } };
}
