/**
 * What a migration may do: add, and nothing else. Versions that know nothing of it go on working on the same database, so
 * whatever they read, write or leave out must stay as it was.
 */

export const BREAKPOINT = "--> statement-breakpoint";

/** What speaks against a statement; `made` are the tables that the same migration creates. */
type Fault = (statement: string, made: ReadonlySet<string>) => string | undefined;

/** How a statement may begin. */
const ALLOWED: [begin: RegExp, fault: Fault][] = [
  [/^create table /, () => undefined],
  [/^create index /, () => undefined],
  [/^create unique index /, uniqueFault],
  [/^create trigger /, triggerFault],
  [/^alter table \S+ add /, columnFault],
  [/^insert into /, insertFault],
];

/** Sentences that say why not; none where an older version does not notice the migration. */
export function faults(migration: string): string[] {
  const statements = migration.split(BREAKPOINT).map(plain);
  const made = new Set(statements.flatMap((statement) => /^create table (\S+)/.exec(statement)?.[1] ?? []));
  return statements.flatMap((statement) => faultOf(statement, made) ?? []);
}

/** Without comments, quotes of names and a last semicolon, in lower case and on one line. */
function plain(statement: string): string {
  const bare = statement.replace(/--.*$/gm, "").replace(/[`"]/g, "");
  return bare.replace(/\s+/g, " ").trim().replace(/;$/, "").toLowerCase();
}

function faultOf(statement: string, made: ReadonlySet<string>): string | undefined {
  const [, fault] = ALLOWED.find(([begin]) => begin.test(statement)) ?? [];
  if (fault !== undefined) return fault(statement, made);
  const named = statement.split(" ").slice(0, 4).join(" ");
  return `"${named} ..." does not add: an older version still reads and writes what it changes`;
}

function uniqueFault(statement: string, made: ReadonlySet<string>): string | undefined {
  const table = / on ([^\s(]+)/.exec(statement)?.[1] ?? "";
  if (made.has(table)) return undefined;
  return `a unique index on ${table}, which was there before, refuses rows that an older version may write`;
}

function triggerFault(statement: string): string | undefined {
  if (!/\braise ?\(|^create trigger \S+ (before|instead)\b/.test(statement)) return undefined;
  return `a trigger that may refuse or replace a statement breaks an older version's: "${statement}"`;
}

/** SQLite itself refuses a column that is neither nullable nor has a default, but only where rows are already there. */
function columnFault(statement: string): string | undefined {
  if (!/\bnot null\b/.test(statement) || /\bdefault (?!null\b)/.test(statement)) return refusal(statement);
  return `a column that is not null and has no default breaks an older version's inserts: "${statement}"`;
}

function refusal(statement: string): string | undefined {
  if (!/\b(check|unique|references)\b/.test(statement)) return undefined;
  return `a column with a constraint refuses rows that an older version may write: "${statement}"`;
}

function insertFault(statement: string): string | undefined {
  if (!/ do update /.test(statement)) return undefined;
  return `an insert that updates changes what an older version has written: "${statement}"`;
}
