/** The connections of one account: opened as senders need them, reused one message after another, first come, first served. */
import type { SmtpAccount } from "./account.ts";
import type { Berths } from "./berths.ts";
import type { Envelope } from "./envelope.ts";
import { IdleSessions } from "./idle.ts";
import type { AccountFault, SendOutcome } from "./outcome.ts";
import { Session } from "./session.ts";

export interface PoolOptions {
  maxConnections: number;
  /** How long a connection is kept with nothing to send. */
  idleMs: number;
  maxMessagesPerConnection?: number | undefined;
  /** Shared with other pools. */
  berths?: Berths | undefined;
  /** The wall clock, Unix milliseconds. */
  now(): number;
  onEvent?: ((event: PoolEvent) => void) | undefined;
}

export type PoolEvent =
  | { kind: "opened" }
  | { kind: "closed"; messages: number; reason: "idle" | "spent" | "lost" | "shutdown" }
  /** The server would not have one more connection; the pool goes on with those it has. */
  | { kind: "limited"; connections: number; fault: AccountFault }
  | { kind: "fault"; fault: AccountFault };

export interface PoolStats {
  /** Connections ready or at work. */
  open: number;
  idle: number;
  opening: number;
  /** Senders that wait for a connection. */
  waiting: number;
}

/** After a refused connection a pool keeps to what it has for so long. */
const LIMITED_MS = 60_000;

/** A message that wants to be sent. */
interface Job {
  envelope: Envelope;
  bytes: Uint8Array;
  resolve(outcome: SendOutcome): void;
  reject(error: unknown): void;
}

/** A connection just opened, one used before, one whose last message has no reply yet. */
type State = "new" | "used" | "busy";

export class Pool {
  readonly #account: SmtpAccount;
  readonly #options: PoolOptions;
  readonly #sessions = new Set<Session>();
  readonly #idle: IdleSessions;
  readonly #waiting: Job[] = [];
  /** Those that met a dead connection: only a new one will do. */
  readonly #stranded: Job[] = [];
  #opening = 0;
  /** Sessions that are saying goodbye. */
  #leaving = 0;
  /** Whether a message's commands may travel behind the final dot of the one before. */
  #overlaps = true;
  #limit: { connections: number; until: number } | undefined;
  #closed = false;
  readonly #halt = new AbortController();
  #onQuiet: (() => void)[] = [];

  constructor(account: SmtpAccount, options: PoolOptions) {
    this.#account = account;
    this.#options = options;
    const { idleMs, now } = options;
    this.#idle = new IdleSessions({ idleMs, now, onLeave: (session, reason) => this.#retire(session, reason) });
  }

  get stats(): PoolStats {
    const { size: open } = this.#sessions;
    return { open, idle: this.#idle.count, opening: this.#opening, waiting: this.#wanted };
  }

  /** Sends one message over the next free connection. */
  send(envelope: Envelope, bytes: Uint8Array): Promise<SendOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ envelope, bytes, resolve, reject });
      this.#serve();
    });
  }

  /** Waits for what is in flight and says goodbye to the server. Whoever sends later gets a connection that is not kept. */
  close(): Promise<void> {
    this.#closed = true;
    const quiet = new Promise<void>((resolve) => this.#onQuiet.push(resolve));
    for (const session of this.#idle.clear()) this.#retire(session, "shutdown");
    this.#checkQuiet();
    return quiet;
  }

  /** Cuts every connection, also those that are being opened: what is being sent is lost to its sender. */
  abort(): void {
    this.#halt.abort(new Error("the pool was stopped"));
    for (const session of this.#sessions) session.drop();
  }

  /** Closes a connection that has nothing to do, if there is one. */
  shed(): boolean {
    const session = this.#idle.take();
    if (session !== undefined) this.#retire(session, "idle");
    return session !== undefined;
  }

  get #wanted(): number {
    return this.#waiting.length + this.#stranded.length;
  }

  /** Idle connections for who waits, and new ones for the rest. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const session = this.#idle.take();
      if (session === undefined) break;
      this.#sendNext(session, "used");
    }
    while (this.#opening < this.#wanted && this.#mayOpen()) void this.#open();
  }

  /** Gives the session to who waits longest, if anybody does. */
  #sendNext(session: Session, state: State): boolean {
    const job = (state === "new" ? this.#stranded.shift() : undefined) ?? this.#waiting.shift();
    if (job) this.#send(job, session, state).catch(job.reject);
    return job !== undefined;
  }

  async #send(job: Job, session: Session, state: State): Promise<void> {
    let handedOn = false;
    const handOn = () => {
      // Whom a new connection is being opened for is not made to wait behind a final dot.
      const wanted = this.#overlaps && !this.#isSpent(session) && this.#waiting.length > this.#opening;
      handedOn = wanted && this.#sendNext(session, "busy");
    };
    const outcome = await session.send(job.envelope, job.bytes, handOn).catch((mistake: unknown) => {
      session.drop();
      if (!handedOn) this.#release(session);
      throw mistake;
    });
    const stranded = state !== "new" && !this.#halt.signal.aborted && isUntouched(outcome);
    if (stranded) this.#stranded.push(job);
    // A server that loses what follows a final dot is spared that from now on.
    if (stranded && state === "busy" && outcome.kind === "lost") this.#overlaps = false;
    // What idles beside a dead connection may well be dead, too.
    if (stranded) for (const idle of this.#idle.clear()) this.#retire(idle, "lost");
    if (!handedOn) this.#release(session);
    if (!stranded) job.resolve(outcome);
  }

  /** The first connection goes alone: a wrong password is tried once, not by every sender that waits. */
  #mayOpen(): boolean {
    if (this.#sessions.size === 0 && this.#opening > 0) return false;
    const { maxConnections, now } = this.#options;
    const limit = this.#limit !== undefined && now() < this.#limit.until ? this.#limit.connections : maxConnections;
    return this.#sessions.size + this.#opening + this.#leaving < limit;
  }

  async #open(): Promise<void> {
    this.#opening++;
    await this.#options.berths?.take();
    const opened = await Session.open(this.#account, { signal: this.#halt.signal });
    this.#opening--;
    if (opened instanceof Session) {
      this.#sessions.add(opened);
      this.#options.onEvent?.({ kind: "opened" });
      this.#release(opened);
    } else {
      this.#options.berths?.leave();
      this.#refused(opened);
    }
    this.#serve();
    this.#checkQuiet();
  }

  /** While others work, the server has only set a limit; else nobody who waits would fare better. */
  #refused(fault: AccountFault): void {
    const connections = this.#sessions.size + this.#opening;
    if (connections > 0) {
      this.#limit = { connections, until: this.#options.now() + LIMITED_MS };
      this.#options.onEvent?.({ kind: "limited", connections, fault });
    } else {
      this.#options.onEvent?.({ kind: "fault", fault });
      for (const job of [...this.#stranded.splice(0), ...this.#waiting.splice(0)]) job.resolve(fault);
    }
  }

  /** Out, or to the next sender, or to rest. */
  #release(session: Session): void {
    const state = session.transactions === 0 ? "new" : "used";
    if (!session.alive) this.#retire(session, "lost");
    else if (this.#isSpent(session)) this.#retire(session, "spent");
    else if (this.#sendNext(session, state)) return;
    else if (this.#closed) this.#retire(session, "shutdown");
    else if (this.#stranded.length > this.#opening) this.#retire(session, "spent");
    else if (this.#options.berths?.isCrowded) this.#retire(session, "idle");
    else this.#idle.put(session);
  }

  #isSpent(session: Session): boolean {
    return session.transactions >= (this.#options.maxMessagesPerConnection ?? Number.POSITIVE_INFINITY);
  }

  #retire(session: Session, reason: "idle" | "spent" | "lost" | "shutdown"): void {
    this.#sessions.delete(session);
    this.#options.onEvent?.({ kind: "closed", messages: session.transactions, reason });
    this.#leaving++;
    void session.quit().then(() => {
      this.#leaving--;
      this.#options.berths?.leave();
      this.#serve();
      this.#checkQuiet();
    });
  }

  #checkQuiet(): void {
    if (this.#sessions.size + this.#opening + this.#wanted + this.#leaving > 0) return;
    for (const resolve of this.#onQuiet.splice(0)) resolve();
  }
}

/** A connection that was dead, or about to end, before the server answered anything of the transaction (RFC 5321 3.8). */
function isUntouched(outcome: SendOutcome): boolean {
  if (outcome.kind === "lost") return outcome.stage === "rset" || outcome.stage === "mail";
  if (outcome.kind !== "answered") return false;
  return outcome.recipients.some((to) => to.kind === "refused" && to.stage === "mail" && to.reply.code === 421);
}
