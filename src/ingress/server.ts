/** One listener for mail: smtp-server's, with a gate before it and connections of our own kind. */
import type { Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import { type ConnectionRules, type Listener, SubmissionConnection } from "./connection.ts";
import { type Gate, STOPPING } from "./gate.ts";
import { TurnedAway } from "./refusals.ts";

/** How long a client that is not let in has to read why. */
const REFUSAL_MS = 1_000;

export interface Surroundings {
  /** One for all listeners. */
  gate: Gate;
  rules: ConnectionRules;
  /** Unix milliseconds. */
  now(): number;
}

export class SubmissionServer extends SMTPServer implements Listener {
  readonly #gate: Gate;
  readonly #now: () => number;
  readonly #rules: ConnectionRules;
  /** How each socket is counted out at the gate. */
  readonly #places = new WeakMap<Socket, () => void>();

  readonly #turnedAway = new TurnedAway();
  readonly #drained = new Set<() => void>();

  constructor(options: SMTPServerOptions, { gate, rules, now }: Surroundings) {
    super(options);
    this.#gate = gate;
    this.#rules = rules;
    this.#now = now;
  }

  get isStopping(): boolean {
    return this.#gate.isStopping;
  }

  /** Before smtp-server does anything about a socket, also before TLS. */
  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    const [address, now] = [socket.remoteAddress ?? "", this.#now()];
    const entered = this.#gate.enter(address, now);
    if (typeof entered === "string") {
      if (!this.isStopping) this.#turnedAway.tell(address, entered, now);
      refuse(socket, handshake ? undefined : `421 ${entered}\r\n`);
      return false;
    }
    this.#places.set(socket, entered);
    this.watch(socket);
    return super._acceptSocket(socket, handshake);
  }

  watch(socket: Socket): void {
    const leave = this.#places.get(socket);
    if (leave !== undefined) socket.once("close", leave);
  }

  override connect(socket: Socket, options?: SMTPConnectionOptions | null): void {
    const connection = new SubmissionConnection(this, socket, options, this.#rules);
    this.connections.add(connection);
    connection.on("error", (error: Error) => this._onError(error));
    connection.init();
  }

  /** Closes connections with a word to each: those where nothing is under way, or all of them. */
  dismiss(which: "idle" | "all"): void {
    for (const connection of this.#connections())
      if (which === "all" || !connection.isBusy) connection.send(421, STOPPING);
  }

  /** Settles once no connection is open. */
  async drained(): Promise<void> {
    if (this.connections.size > 0) await new Promise<void>((resolve) => this.#drained.add(resolve));
  }

  override onClose(): void {
    if (this.connections.size > 0) return;
    for (const resolve of this.#drained) resolve();
    this.#drained.clear();
  }

  #connections(): SubmissionConnection[] {
    return [...this.connections].filter((connection) => connection instanceof SubmissionConnection);
  }
}

/** Inside TLS nothing can be said before its handshake, which is not worth its while. */
function refuse(socket: Socket, reply: string | undefined): void {
  socket.on("error", () => socket.destroy()); // it is gone already, then
  if (reply !== undefined) socket.resume().end(reply);
  const timer = setTimeout(() => socket.destroy(), reply === undefined ? 0 : REFUSAL_MS);
  socket.once("close", () => clearTimeout(timer));
}
