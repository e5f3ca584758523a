/** Questions to name servers, each with one of three answers: records, that there are none, or that nobody answered. */
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";

export type Answer<T> = { kind: "found"; records: T[] } | { kind: "none" } | { kind: "silent"; why: string };

/** What is asked for; names of strangers are passed on as they are. */
export interface Names {
  txt(name: string): Promise<Answer<string>>;
  mx(name: string): Promise<Answer<{ exchange: string; priority: number }>>;
  /** IPv4 and IPv6. */
  addresses(name: string): Promise<Answer<string>>;
}

/** RFC 2308 2: the name is not there, or has no records of this kind; and what no name can be. */
const NONE = new Set(["ENOTFOUND", "ENODATA", "EBADNAME"]);

/** RFC 1035 3.3: the length of a string is one byte. */
const LONGEST_STRING = 255;

/** `servers`: instead of this machine's, addresses with or without a port. */
export function nameServers(servers: readonly string[], timeoutMs: number): Names {
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 });
  if (servers.length > 0) resolver.setServers([...servers]);
  return {
    txt: (name) => asked(async () => textsOf(await resolver.resolveTxt(name))),
    mx: (name) => asked(() => resolver.resolveMx(name)),
    async addresses(name) {
      if (isIP(name) !== 0) return { kind: "found", records: [name] };
      const both = [asked(() => resolver.resolve4(name)), asked(() => resolver.resolve6(name))];
      const answers = await Promise.all(both);
      const records = answers.flatMap((answer) => (answer.kind === "found" ? answer.records : []));
      if (records.length > 0) return { kind: "found", records };
      return answers.find(({ kind }) => kind === "silent") ?? { kind: "none" };
    },
  };
}

async function asked<T>(ask: () => Promise<T[]>): Promise<Answer<T>> {
  try {
    const records = await ask();
    return records.length === 0 ? { kind: "none" } : { kind: "found", records };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
    return NONE.has(code) ? { kind: "none" } : { kind: "silent", why: code };
  }
}

/** RFC 7208 3.3, RFC 6376 3.6.2.2: the strings of one record are one text, without anything between them. */
export function textsOf(
  records: string[][],
  runtime: "bun" | "other" = process.versions.bun ? "bun" : "other",
): string[] {
  if (runtime === "other") return records.map((strings) => strings.join(""));
  // Bun makes a record of each string (oven-sh/bun#21370): one that is full goes on in the next, and so does one cut at a space.
  const texts: string[] = [];
  let goesOn = false;
  for (const string of records.flat()) {
    if (goesOn || string.startsWith(" ")) texts.push(`${texts.pop() ?? ""}${string}`);
    else texts.push(string);
    goesOn = Buffer.byteLength(string, "latin1") === LONGEST_STRING || string.endsWith(" ");
  }
  return texts;
}
