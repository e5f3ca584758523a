/**
 * One client's connection: smtp-server's, with what a server that faces applications does otherwise.
 *
 * - Lines end in CRLF, or it is over (strict-stream.ts).
 * - A login, and the content of a mail, come within a time, however busy the client keeps the line.
 * - Commands without a mail are counted.
 * - Keys are taken in TLS only, where there is a certificate (RFC 8314 3.3), unless the client is on this machine.
 * - Replies bring enhanced codes of their own.
 * - What is refused of a mail stands in the log (refusals.ts).
 */
import type { Socket } from "node:net";
import { finished } from "node:stream";
import type { SMTPServer } from "smtp-server";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import type { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { isLoopback, STOPPING } from "./gate.ts";
import { Refusals } from "./refusals.ts";
import { type LineFault, StrictStream } from "./strict-stream.ts";

/** The listener that it came to. */
export interface Listener extends SMTPServer {
  readonly isStopping: boolean;
  /** Counts the socket out when it closes. */
  watch(socket: Socket): void;
}

export interface ConnectionRules {
  /** There is a certificate. */
  hasTls: boolean;
  /** To be logged in; milliseconds from the first byte. */
  loginMs: number;
  /** For a mail's content, beside what its bytes take at the slowest rate. */
  contentMs: number;
}

/** Slower ones are not waited for. */
const LEAST_BYTES_PER_MS = 4;
/** How often a mail's progress is looked at, in a mail's least time. */
const LOOKS = 4;
/** Of one mail: what a thousand recipients need, three times. */
const MOST_COMMANDS = 3_000;

/** RFC 3463 2: a reply's own enhanced code. */
const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3} /;

export class SubmissionConnection extends SMTPConnection {
  readonly #rules: ConnectionRules;
  readonly #listener: Listener;
  readonly #mustEncrypt: boolean;
  #loginTimer: NodeJS.Timeout | undefined;
  /** Commands since this many mails. */
  #commands = { since: 0, count: 0 };
  readonly #refusals = new Refusals();

  constructor(
    listener: Listener,
    socket: Socket,
    options: SMTPConnectionOptions | null | undefined,
    rules: ConnectionRules,
  ) {
    super(listener, socket, options);
    this.#rules = rules;
    this.#listener = listener;
    this.#mustEncrypt = rules.hasTls && !isLoopback(this.remoteAddress);
  }

  /** Without smtp-server's wait for strangers who talk too soon: a client in the midst of a web request waits for us. */
  override init(): void {
    this._setListeners(() => this.connectionReady());
    this.#loginTimer = setTimeout(() => {
      if (this.session.user === undefined || this.session.user === false) this.send(421, "4.7.0 no login in time");
    }, this.#rules.loginMs);
    this.#loginTimer.unref();
  }

  /** A mail is being taken in: its content comes, or its reply is still to be given. */
  get isBusy(): boolean {
    return Boolean(this._dataStream);
  }

  override _createParser(): SMTPStream {
    const parser = new StrictStream((fault) => this.#refuse(fault));
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on("error", ({ message }) => this.send(421, `4.7.0 ${message}`));
    return parser;
  }

  #refuse(fault: LineFault): void {
    const words = `lines end in CRLF alone, and there was ${fault}`;
    if (this.isBusy) this.send(554, `5.6.0 ${words}`);
    else this.send(500, `5.5.2 ${words}`);
    this.close();
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    const { _transactionCounter: mails } = this;
    if (this.#commands.since !== mails) this.#commands = { since: mails, count: 0 };
    this.#commands.count += 1;
    this.#refusals.asked(command.toString());
    if (this._upgrading) super._onCommand(command, callback);
    else if (this.#listener.isStopping) this.send(421, STOPPING);
    else if (this.#commands.count > MOST_COMMANDS) this.send(421, "4.7.0 too many commands without a mail");
    else super._onCommand(command, callback);
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (this.secure || !this.#mustEncrypt) super.handler_AUTH(command, callback);
    else {
      this.send(538, "5.7.11 log in after STARTTLS"); // RFC 4954 6
      callback();
    }
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    super.handler_DATA(command, callback);
    const stream = this._dataStream;
    if (!stream) return;
    const { contentMs } = this.#rules;
    const began = performance.now();
    const timer = setInterval(() => {
      const allowedMs = contentMs + stream.byteLength / LEAST_BYTES_PER_MS;
      if (performance.now() - began > allowedMs) this.send(421, "4.4.2 the mail comes too slowly");
    }, contentMs / LOOKS);
    finished(stream, () => clearInterval(timer));
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const isEnhanced = typeof data === "string" && ENHANCED.test(data);
    super.send(code, Array.isArray(data) ? this.#offered(data) : data, isEnhanced ? false : context);
    this.#refusals.answered(code, this.session);
  }

  /** RFC 4954 4: AUTH is not offered where it is not taken. */
  #offered(extensions: string[]): string[] {
    if (this.secure || !this.#mustEncrypt) return extensions;
    return extensions.filter((extension) => !extension.startsWith("AUTH "));
  }

  /** smtp-server takes all listeners off the socket below, and ours counts who is here. */
  override upgrade(callback: () => void, secureCallback?: () => void): void {
    const { _socket: socket } = this;
    super.upgrade(callback, secureCallback);
    this.#listener.watch(socket);
  }

  override _onClose(): void {
    clearTimeout(this.#loginTimer);
    super._onClose();
  }
}
