/**
 * A remote libSQL server as this service treats it: writes one at a time, every call within a deadline, and a lock that
 * another process holds is waited for.
 *
 * Such a server writes one transaction at a time anyhow, and stalls for seconds where many wait in it for their turn; so
 * ours wait here, in the order they came. What has waited too long is refused without being sent.
 */
import {
  type Client,
  createClient,
  type InArgs,
  type InStatement,
  LibsqlError,
  type ResultSet,
  type TransactionMode,
} from "@libsql/client";

/** A call that takes longer has failed, the wait in line included: whoever made it can say so and try again. */
const DEADLINE_MS = 15_000;
/** Between two tries while the server is busy; random, so that processes which wait for each other do not do so in step. */
const RETRY_MS = 50;

const WRITES = /^\s*(insert|update|delete|replace|create|drop|alter)\b/i;

export interface RemoteAddress {
  url: string;
  token: string | undefined;
}

export class RemoteClient implements Client {
  readonly #client: Client;
  /** Settles when the last write in line has ended. */
  #line: Promise<unknown> = Promise.resolve();

  constructor({ url, token }: RemoteAddress) {
    this.#client = createClient({ url, ...(token !== undefined && { authToken: token }) });
  }

  get closed(): boolean {
    return this.#client.closed;
  }

  get protocol(): string {
    return this.#client.protocol;
  }

  execute(statement: InStatement | string, args?: InArgs): Promise<ResultSet> {
    const own: InStatement = typeof statement === "string" && args !== undefined ? { sql: statement, args } : statement;
    const sql = typeof own === "string" ? own : own.sql;
    return this.#call(WRITES.test(sql), () => this.#client.execute(own));
  }

  batch(statements: (InStatement | [string, InArgs?])[], mode: TransactionMode = "deferred"): Promise<ResultSet[]> {
    return this.#call(mode !== "read", () => this.#client.batch(statements, mode));
  }

  executeMultiple(sql: string): Promise<void> {
    return this.#call(true, () => this.#client.executeMultiple(sql));
  }

  migrate(statements: InStatement[]): Promise<ResultSet[]> {
    return this.#call(true, () => this.#client.migrate(statements));
  }

  /** Nothing is ever held open across an await (src/README.md, the queue). */
  transaction(): Promise<never> {
    return Promise.reject(new LibsqlError("interactive transactions are not used", "UNSUPPORTED"));
  }

  sync(): ReturnType<Client["sync"]> {
    return this.#client.sync();
  }

  reconnect(): void {
    this.#client.reconnect();
  }

  close(): void {
    this.#client.close();
  }

  #call<T>(writes: boolean, send: () => Promise<T>): Promise<T> {
    const until = performance.now() + DEADLINE_MS;
    if (!writes) return inTime(patiently(send, until), until);
    const turn = this.#line.then(() => inTime(patiently(send, until), until));
    this.#line = turn.catch(() => undefined); // the caller hears of it
    return inTime(turn, until);
  }
}

/** Again while the server is busy: it has done nothing then. */
async function patiently<T>(send: () => Promise<T>, until: number): Promise<T> {
  for (;;) {
    if (performance.now() >= until) throw late();
    try {
      return await send();
    } catch (error) {
      const busy = error instanceof LibsqlError && error.code === "SQLITE_BUSY";
      if (!busy || performance.now() >= until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * RETRY_MS));
  }
}

/** What is late is given up here; the server may yet do it, which every statement of ours allows. */
function inTime<T>(work: Promise<T>, until: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.max(0, until - performance.now()));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function late(): LibsqlError {
  return new LibsqlError("the database does not answer", "TIMEOUT");
}
