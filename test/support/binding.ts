/** Statements as a libSQL server wants them: they bind what they name, no more and no less, though a file would take them. */
import type { Client, InArgs, InStatement, TransactionMode } from "@libsql/client";

type Statement = InStatement | [string, InArgs?];

/** What is no code: texts, quoted names, comments. */
const SILENT = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|\/\*[\s\S]*?\*\//g;
const NAMED = /[:@$][a-z_]\w*/gi;

/** The same client; a statement that a server would refuse, or that would be given NULL unsaid, fails by its names. */
export function exactlyBound(client: Client): Client {
  const [execute, batch] = [client.execute.bind(client), client.batch.bind(client)];
  return Object.assign(client, {
    async execute(statement: InStatement, args?: InArgs) {
      const own = typeof statement === "string" && args !== undefined ? { sql: statement, args } : statement;
      check(own);
      return execute(own);
    },
    async batch(statements: Statement[], mode?: TransactionMode) {
      statements.forEach(check);
      return batch(statements, mode);
    },
  });
}

function check(statement: Statement): void {
  const [sql, args = {}] = parts(statement);
  const code = sql.replace(SILENT, " ");
  if (Array.isArray(args)) {
    const places = code.split("?").length - 1;
    if (places !== args.length) throw new TypeError(`${args.length} values for ${places} places: ${sql}`);
    return;
  }
  const named = new Set([...code.matchAll(NAMED)].map(([mark]) => mark.slice(1)));
  const given = Object.keys(args);
  const unused = given.filter((name) => !named.has(name));
  const missing = [...named].filter((name) => !given.includes(name));
  if (unused.length > 0) throw new TypeError(`bound, and not used: ${unused.join(", ")}: ${sql}`);
  if (missing.length > 0) throw new TypeError(`named, and not bound: ${missing.join(", ")}: ${sql}`);
}

function parts(statement: Statement): [sql: string, args: InArgs | undefined] {
  if (typeof statement === "string") return [statement, undefined];
  return Array.isArray(statement) ? [statement[0], statement[1]] : [statement.sql, statement.args];
}
