/**
 * A remote libSQL server as this service treats it, on every runtime: writes one at a time, one request a call, every
 * call within a deadline, and a failure that says whether its statements may have run (db/unknown-outcome.ts).
 *
 * Such a server writes one transaction at a time anyhow, and stalls for seconds where many wait in it for their turn; so
 * ours wait here, in the order they came. What has waited too long is refused without being sent. What was not done, and
 * any read, is tried again for a moment (`waitMs`); a write of which nobody knows never is.
 *
 * Each call has a client of its own, which costs microseconds: its requests are the call's, and nothing is shared between
 * the invocations of a Worker.
 */
import {
  type Client,
  createClient,
  type InArgs,
  type InStatement,
  LibsqlError,
  type ResultSet,
  type TransactionMode,
} from "@libsql/client/http";
import { Line } from "./line.ts";
import { Call, type Send } from "./remote-call.ts";
import { waitMs } from "./remote-failure.ts";
import { httpUrl } from "./remote-url.ts";

/** A call that takes longer has failed, the wait in line included: whoever made it can say so and try again. */
const DEADLINE_MS = 15_000;
/** Reads at once. */
const MOST_READS = 20;

const READS = /^\s*(select|explain|with\b(?!.*\b(insert|update|delete|replace)\b))/is;

export interface RemoteAddress {
  /** `libsql:`, `https:`, `http:`, or one of WebSocket, which the same servers answer over HTTP. */
  url: string;
  token: string | undefined;
  /** How requests are sent, for a runtime that counts and bounds them. */
  fetch?: Send;
  deadlineMs?: number;
}

type Operation<T> = (client: Client) => Promise<T>;

export class RemoteClient implements Client {
  readonly protocol = "http";
  closed = false;
  readonly #address: { url: string; authToken?: string };
  readonly #send: Send;
  readonly #deadlineMs: number;
  readonly #writes = new Line(1);
  readonly #reads = new Line(MOST_READS);
  readonly #calls = new Set<Call>();

  /** Throws LibsqlError where the URL is not one of a server. */
  constructor({ url, token, fetch: send, deadlineMs = DEADLINE_MS }: RemoteAddress) {
    this.#address = { url: httpUrl(url), ...(token !== undefined && { authToken: token }) };
    this.#send = send ?? ((request, init) => fetch(request, init));
    this.#deadlineMs = deadlineMs;
  }

  execute(statement: InStatement | string, args?: InArgs): Promise<ResultSet> {
    const own: InStatement = typeof statement === "string" && args !== undefined ? { sql: statement, args } : statement;
    const sql = typeof own === "string" ? own : own.sql;
    return this.#call(READS.test(sql), (client) => client.execute(own));
  }

  batch(statements: (InStatement | [string, InArgs?])[], mode: TransactionMode = "deferred"): Promise<ResultSet[]> {
    return this.#call(mode === "read", (client) => client.batch(statements, mode));
  }

  executeMultiple(sql: string): Promise<void> {
    return this.#call(false, (client) => client.executeMultiple(sql));
  }

  migrate(statements: InStatement[]): Promise<ResultSet[]> {
    return this.#call(false, (client) => client.migrate(statements));
  }

  /** Nothing is ever held open across an await (src/README.md, the queue). */
  transaction(): Promise<never> {
    return Promise.reject(new LibsqlError("interactive transactions are not used", "UNSUPPORTED"));
  }

  sync(): Promise<never> {
    return Promise.reject(new LibsqlError("a server is no replica", "UNSUPPORTED"));
  }

  reconnect(): void {
    throw new LibsqlError("each request finds its own connection", "UNSUPPORTED");
  }

  /** Cuts what is under way. */
  close(): void {
    this.closed = true;
    for (const call of this.#calls) call.cut();
  }

  async #call<T>(isRead: boolean, operation: Operation<T>): Promise<T> {
    if (this.closed) throw new LibsqlError("the database is closed", "CLIENT_CLOSED");
    const call = new Call(this.#send, this.#deadlineMs);
    this.#calls.add(call);
    try {
      const line = isRead ? this.#reads : this.#writes;
      return await call.within(line.pass(() => this.#persist(call, isRead, operation)));
    } finally {
      this.#calls.delete(call);
    }
  }

  async #persist<T>(call: Call, isRead: boolean, operation: Operation<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await operation(createClient({ ...this.#address, fetch: (request: Request) => call.exchange(request) }));
      } catch (error) {
        const failure = call.judge(error);
        const wait = waitMs(failure, tries, isRead, Math.random());
        if (wait === undefined || !call.hasTimeFor(wait)) throw failure;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}
