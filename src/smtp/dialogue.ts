/** Commands out and replies in, over worker-mailer's connection: every wait bounded, every reply in turn, TLS when asked for. */
import { Deadline } from "./deadline.ts";
import { Mailer } from "./mailer.ts";
import type { Reply } from "./outcome.ts";
import { describe, ProtocolFault, type RawReply, ReplyReader, toReply } from "./replies.ts";

/** The server answered, but not what the dialogue needs to go on. */
export class UnexpectedReply extends Error {
  override readonly name = "UnexpectedReply";
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(describe(reply));
    this.reply = reply;
  }
}

export interface DialogueOptions {
  host: string;
  port: number;
  credentials: { username: string; password: string } | undefined;
  replyTimeoutMs: number;
}

type Received = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>;

const encoder = new TextEncoder();

/** worker-mailer's log level NONE: what it would log holds credentials. */
const SILENT = 4;

export abstract class Dialogue extends Mailer {
  protected readonly replyTimeoutMs: number;
  readonly #replies = new ReplyReader();
  readonly #deadline = new Deadline();
  #unwritten: Uint8Array[] = [];
  /** A read that nobody has taken the result of; an idle session keeps one to notice that the server goes. */
  #reading: Promise<Received> | undefined;
  #alive = true;
  #onGone: (() => void) | undefined;

  constructor({ host, port, credentials, replyTimeoutMs }: DialogueOptions) {
    super({ host, port, startTls: true, logLevel: SILENT, ...(credentials && { credentials }) });
    this.replyTimeoutMs = replyTimeoutMs;
  }

  /** False once the connection is of no more use: it broke, or the server said 421. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Tells once if the server ends the connection, or speaks, while nothing is asked of it; until `attend`. */
  watch(onGone: () => void): void {
    this.#onGone = onGone;
    const gone = () => {
      if (this.#onGone === undefined) return;
      this.drop();
      onGone();
    };
    this.#read().then(gone, gone);
  }

  /** Ends a `watch`. */
  attend(): void {
    this.#onGone = undefined;
  }

  /** Ends the connection without a word. */
  drop(): void {
    this.#alive = false;
    this.#onGone = undefined;
    this.socket.close().catch(() => undefined); // it is gone already, then
    this.#deadline.end();
  }

  /** QUIT, to which an answer is welcome (RFC 5321 4.1.1.10) and no answer harms nobody. */
  protected async farewell(timeoutMs: number): Promise<void> {
    const answer = this.writeLine("QUIT").then(() => this.reply(timeoutMs));
    await answer.catch(() => undefined);
  }

  /** Waits until the connection, or the TLS on it, stands; answers with whom, where the runtime tells. */
  protected async opened(timeoutMs: number): Promise<{ remoteAddress?: string | null | undefined }> {
    return this.#deadline.within(this.socket.opened, timeoutMs, "no connection");
  }

  /** Continues in TLS. What was received before counts for nothing (CVE-2011-0411). */
  protected async upgrade(policy: { verify: boolean; ca: string | undefined }, timeoutMs: number): Promise<void> {
    this.#replies.reset();
    this.reader.releaseLock();
    this.writer.releaseLock();
    this.socket = this.socket.startTls(policy);
    this.reader = this.socket.readable.getReader();
    this.writer = this.socket.writable.getWriter();
    await this.opened(timeoutMs);
  }

  protected async command(line: string): Promise<RawReply> {
    await this.writeLine(line);
    return this.reply();
  }

  /** The server's next reply. 421 announces, whatever it answers, that the connection ends (RFC 5321 3.8). */
  protected async reply(timeoutMs = this.replyTimeoutMs): Promise<RawReply> {
    return this.received() ?? this.#taken(await this.#deadline.within(this.#nextReply(), timeoutMs, "no reply"));
  }

  /** The next reply, if it came together with the one before it. */
  protected received(): RawReply | undefined {
    const reply = this.#replies.next();
    return reply && this.#taken(reply);
  }

  #taken(reply: RawReply): RawReply {
    if (reply.code === 421) this.#alive = false;
    return reply;
  }

  async #nextReply(): Promise<RawReply> {
    for (;;) {
      const { done, value } = await this.#read();
      this.#reading = undefined;
      if (done) throw new Error("the server closed the connection");
      this.#replies.feed(value);
      const reply = this.#replies.next();
      if (reply) return reply;
    }
  }

  #read(): Promise<Received> {
    this.#reading ??= this.reader.read();
    return this.#reading;
  }

  /** Adds to what `flush` will write. */
  protected enqueue(data: string | Uint8Array): void {
    if (this.#replies.pending) throw new ProtocolFault("the server speaks out of turn");
    this.#unwritten.push(typeof data === "string" ? encoder.encode(data) : data);
  }

  /** Writes all that was added, at once. */
  protected async flush(): Promise<void> {
    const bytes = concatenate(this.#unwritten);
    this.#unwritten = [];
    await this.#deadline.within(this.writer.write(bytes), this.replyTimeoutMs, "the server takes no data");
  }

  protected override async write(data: string | Uint8Array): Promise<void> {
    this.enqueue(data);
    await this.flush();
  }

  /** What worker-mailer's own dialogue (greeting and login) reads through. */
  protected override async readTimeout(): Promise<string> {
    const reply = await this.reply();
    if (reply.code >= 400) throw new UnexpectedReply(toReply(reply));
    return `${reply.code} ${reply.lines.join(" ")}`;
  }
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
