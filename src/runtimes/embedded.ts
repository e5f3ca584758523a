/**
 * A libSQL file over Turso's native driver. The statements of the queue are few and run all day, so each is prepared once;
 * the general client prepares at every call, which was half of the cost of a small batch.
 *
 * Everything between BEGIN and COMMIT happens in one turn of the event loop, so one connection is enough. A lock that
 * another process holds is waited for outside of the driver, which would stand still with the whole thread.
 */
import { LibsqlError, type TransactionMode, type Value } from "@libsql/client/http";
import type Driver from "libsql";
import { reason } from "../errors.ts";

/** The code of the error that says so, instead of any statement's. */
export const DRIVER_MISSING = "DRIVER_MISSING";

/** How long a statement waits for another process's write; each write of ours takes milliseconds. */
const BUSY_MS = 10_000;
/** Between two tries; random, so that processes which wait for each other do not do so in step. */
const RETRY_MS = 8;
/** The hot statements are about fifty; what a rare filter needs pushes out what was not used for longest. */
const STATEMENTS = 200;
/** What the working set of a busy queue takes: its index pages stay in memory whatever the length of the queue. */
const CACHE_KIB = 48 * 1024;
/** So long the log grows before its pages are moved into the file (32 MiB): a page that changes often is then moved once. */
const LOG_PAGES = 8_000;

/**
 * A statement that finds the lock taken stays in progress, and the driver cannot reset it: kept prepared, it would hold this
 * connection to an old state of the file, where no write succeeds any more. So a lock is only ever asked for by a BEGIN that
 * is not kept, for a single statement too.
 */
const WRITES = /^\s*(insert|update|delete|replace)\b/i;

const BEGIN: Record<TransactionMode, string> = { write: "begin immediate", read: "begin", deferred: "begin" };

/** A statement with its values, by position or by name. */
export type Step = [sql: string, args: Value[] | Record<string, Value>];

/** Rows by position; `changes` of a statement that answers none. */
export type StepResult = [columns: string[], rows: Value[][], changes: number];

/** Where steps are carried out: in this thread, or in another one. */
export interface Executor {
  /** With a mode all of them in one transaction, without one the single one on its own. Throws LibsqlError. */
  run(steps: Step[], mode?: TransactionMode): Promise<StepResult[]>;
  close(): void;
}

export interface FileOptions {
  path: string;
  synchronous: "NORMAL" | "FULL";
}

interface Prepared {
  statement: Driver.Statement;
  columns: string[];
  /** It answers rows; others answer how many they changed. */
  reads: boolean;
}

export class LibsqlFile implements Executor {
  readonly #driver: Driver.Database;
  readonly #prepared = new Map<string, Prepared>();

  private constructor(driver: Driver.Database) {
    this.#driver = driver;
  }

  /** The file is created if it does not exist. Throws LibsqlError. */
  static async open({ path, synchronous }: FileOptions): Promise<LibsqlFile> {
    const NativeDriver = await loadDriver();
    try {
      const file = new LibsqlFile(new NativeDriver(path));
      const pragmas = [
        "journal_mode = wal",
        `synchronous = ${synchronous}`,
        `cache_size = -${CACHE_KIB}`,
        `wal_autocheckpoint = ${LOG_PAGES}`,
      ];
      for (const pragma of pragmas) await file.run([[`pragma ${pragma}`, []]]);
      return file;
    } catch (error) {
      throw asLibsqlError(error);
    }
  }

  /** A file that is there, by its `file:` URL, of whatever program: nothing is written into it, or beside it made to stay. Throws LibsqlError. */
  static async openReadOnly(url: string): Promise<LibsqlFile> {
    const NativeDriver = await loadDriver();
    try {
      return new LibsqlFile(new NativeDriver(`${url}?mode=ro`));
    } catch (error) {
      throw asLibsqlError(error);
    }
  }

  async run(steps: Step[], mode?: TransactionMode): Promise<StepResult[]> {
    const until = performance.now() + BUSY_MS;
    for (;;) {
      if (!this.#driver.open) throw new LibsqlError("the database is closed", "CLIENT_CLOSED");
      try {
        const wanted = mode ?? (steps.some(([sql]) => WRITES.test(sql)) ? "write" : undefined);
        return wanted === undefined ? steps.map((step) => this.#step(step)) : this.#transaction(steps, wanted);
      } catch (error) {
        const failure = asLibsqlError(error);
        if (!isBusy(failure) || performance.now() >= until) throw failure;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * RETRY_MS));
    }
  }

  close(): void {
    if (!this.#driver.open) return;
    this.#prepared.clear();
    this.#driver.close();
  }

  #transaction(steps: Step[], mode: TransactionMode): StepResult[] {
    this.#driver.exec(BEGIN[mode]);
    try {
      const results = steps.map((step) => this.#step(step));
      this.#step(["commit", []]);
      return results;
    } finally {
      if (this.#driver.inTransaction) this.#step(["rollback", []]);
    }
  }

  #step([sql, args]: Step): StepResult {
    const { statement, columns, reads } = this.#prepare(sql);
    if (reads) return [columns, statement.all(args) as Value[][], 0];
    return [columns, [], statement.run(args).changes];
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) {
      // What was used last stands last.
      this.#prepared.delete(sql);
      this.#prepared.set(sql, known);
      return known;
    }
    const statement = this.#driver.prepare(sql);
    const reads = statement.reader;
    if (reads) statement.raw(true);
    const prepared = { statement, columns: reads ? statement.columns().map(({ name }) => name) : [], reads };
    this.#prepared.set(sql, prepared);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > STATEMENTS && oldest !== undefined) this.#prepared.delete(oldest);
    return prepared;
  }
}

/** Only once a file is to be opened: it is native code, and need not be there where the database is a server. */
async function loadDriver(): Promise<typeof Driver> {
  try {
    return (await import("libsql")).default;
  } catch (cause) {
    const [why] = reason(cause).split("\n"); // the rest says who asked for it
    throw new LibsqlError(`libSQL's driver cannot be loaded: ${why}`, DRIVER_MISSING);
  }
}

/** The driver's error under the names that every libSQL client uses: SQLITE_IOERR for SQLITE_IOERR_WRITE. */
function asLibsqlError(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  const [code = error.code] = /^SQLITE_[A-Z]+/.exec(error.code) ?? [];
  return new LibsqlError(error.message, code, error.code, error.rawCode, error);
}

function isSqliteError(error: unknown): error is InstanceType<typeof Driver.SqliteError> {
  return error instanceof Error && error.name === "SqliteError";
}

function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code === "SQLITE_BUSY";
}
