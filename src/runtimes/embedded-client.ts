/** An embedded libSQL file as a libSQL client, as everything above the runtimes knows a database. */
import {
  type Client,
  type InArgs,
  type InStatement,
  type InValue,
  LibsqlError,
  type ResultSet,
  type Row,
  type TransactionMode,
  type Value,
} from "@libsql/client/http";
import type { Executor, Step, StepResult } from "./embedded.ts";

export class EmbeddedClient implements Client {
  readonly protocol = "file";
  closed = false;
  readonly #executor: Executor;
  /** How to make rows of a statement's columns. */
  readonly #rows = new Map<string, (values: Value[]) => Row>();

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  async execute(statement: InStatement | string, args: InArgs = []): Promise<ResultSet> {
    const own = typeof statement === "string" ? { sql: statement, args } : statement;
    const [result] = await this.#executor.run([asStep(own)]);
    return this.#result(result!);
  }

  async batch(
    statements: (InStatement | [string, InArgs?])[],
    mode: TransactionMode = "deferred",
  ): Promise<ResultSet[]> {
    const results = await this.#executor.run(statements.map(asStep), mode);
    return results.map((result) => this.#result(result));
  }

  close(): void {
    this.closed = true;
    this.#executor.close();
  }

  executeMultiple(): Promise<never> {
    return unused("statements are run one by one or in a batch");
  }

  /** Nothing is ever held open across an await (src/README.md, the queue). */
  transaction(): Promise<never> {
    return unused("interactive transactions are not used");
  }

  migrate(): Promise<never> {
    return unused("db/migrate applies the migrations");
  }

  sync(): Promise<never> {
    return unused("an embedded file is no replica");
  }

  reconnect(): void {
    throw new LibsqlError("an embedded file stays open until it is closed", "UNSUPPORTED");
  }

  #result([columns, values, rowsAffected]: StepResult): ResultSet {
    const rows = values.length === 0 ? [] : values.map(this.#rowOf(columns));
    const columnTypes = columns.map(() => "");
    const toJSON = () => ({ columns, columnTypes, rows, rowsAffected });
    return { columns, columnTypes, rows, rowsAffected, lastInsertRowid: undefined, toJSON };
  }

  #rowOf(columns: string[]): (values: Value[]) => Row {
    const key = columns.join("\0");
    const known = this.#rows.get(key) ?? rowsOf(columns);
    this.#rows.set(key, known);
    return known;
  }
}

function unused(why: string): Promise<never> {
  return Promise.reject(new LibsqlError(`not supported: ${why}`, "UNSUPPORTED"));
}

/** Rows are read by name and, as Drizzle does, by position; what is enumerated are the names. */
function rowsOf(columns: readonly string[]): (values: Value[]) => Row {
  const byPosition = columns.map((name, at) => [at, { get: positionOf(name) }] as const);
  const positions = Object.defineProperties(
    {},
    { ...Object.fromEntries(byPosition), length: { value: columns.length } },
  );
  return (values) => {
    const row = Object.create(positions) as Row;
    for (let at = 0; at < columns.length; at++) row[columns[at]!] = values[at]!;
    return row;
  };
}

function positionOf(name: string) {
  return function get(this: Row): Value | undefined {
    return this[name];
  };
}

function asStep(statement: InStatement | [string, InArgs?]): Step {
  if (typeof statement === "string") return [statement, []];
  const [sql, args = []] = Array.isArray(statement) ? statement : [statement.sql, statement.args];
  if (Array.isArray(args)) return [sql, args.map(bound)];
  const values: Record<string, Value> = {};
  for (const name in args) values[name] = bound(args[name]);
  return [sql, values];
}

function bound(value: InValue | undefined): Value {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "boolean":
      return value ? 1 : 0;
    case "object":
      if (value === null) return value;
  }
  throw new TypeError(`${String(value)} cannot be bound to a statement`);
}
