/** How a call to a libSQL server fails: what became of its statements, in words that give nothing away, and when to try again. */
import { LibsqlError } from "@libsql/client/http";
import type { Outcome, OutcomeNamed } from "../db/unknown-outcome.ts";

interface Fault {
  code: string;
  outcome: Outcome;
  /** The next try may find it gone. */
  passes: boolean;
  /** What the server asked for. */
  retryAfterMs?: number | undefined;
}

/** The message is always ours: a driver's may hold the URL, and with it whatever stands there. */
export class RemoteFailure extends LibsqlError implements OutcomeNamed {
  readonly outcome: Outcome;
  readonly passes: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { code, outcome, passes, retryAfterMs }: Fault) {
    super(outcome === "unknown" ? `${message}: what became of the statements is unknown` : message, code);
    this.outcome = outcome;
    this.passes = passes;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The deadline came first. */
export function late(outcome: Outcome): RemoteFailure {
  return new RemoteFailure("the database does not answer", { code: "TIMEOUT", outcome, passes: false });
}

/** Codes of Node and Bun for a connection that never was; whatever else breaks may break after the server's work. */
const NO_CONNECTION = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);
/** Deno has no codes, but the stage. */
const NO_CONNECTION_WORDS = /client error \(Connect\)/;

/** `fetch` threw, or the body of its answer did. */
export function broken(thrown: unknown): RemoteFailure {
  const chain = causes(thrown);
  const code = chain.map(codeOf).find((own) => own !== undefined);
  const named = code === undefined ? "" : ` (${code})`;
  const isRefused = chain.some(
    (error) => NO_CONNECTION.has(codeOf(error) ?? "") || NO_CONNECTION_WORDS.test(error.message),
  );
  return isRefused
    ? new RemoteFailure(`the database cannot be reached${named}`, {
        code: "UNREACHABLE",
        outcome: "not done",
        passes: true,
      })
    : new RemoteFailure(`the connection to the database broke off${named}`, {
        code: "CONNECTION_LOST",
        outcome: "unknown",
        passes: true,
      });
}

/** RFC 9110 15.6: a gateway that gave up (502, 504) and a server that failed (500) may have done the work, 503 and 4xx mean that nobody has. */
export function answered(status: number, retryAfter: string | null): RemoteFailure {
  const isRefused = status === 503 || (status >= 400 && status < 500);
  return new RemoteFailure(STATUS_WORDS[status] ?? `the database answered with HTTP status ${status}`, {
    code: `HTTP_${status}`,
    outcome: isRefused ? "not done" : "unknown",
    passes: status >= 500 || status === 429,
    retryAfterMs: retryAfter === null || !/^\d+$/.test(retryAfter) ? undefined : Number(retryAfter) * 1000,
  });
}

const STATUS_WORDS: Partial<Record<number, string>> = {
  401: "the database refuses the token (HTTP status 401)",
  403: "the database refuses the token (HTTP status 403)",
  404: "there is no such database (HTTP status 404)",
};

/** The server's own word that a statement did not run, and therefore nothing of its batch. Of a disk's error it cannot know. */
const REFUSED = /^(SQLITE_(?!IOERR)|SQL_|ARGS_|BLOCKED$|TRANSACTION_)/;

/** A whole answer came, and the client made this of it. */
export function refused(thrown: unknown): LibsqlError {
  const unknown = { outcome: "unknown", passes: false } as const;
  if (!(thrown instanceof LibsqlError))
    return new RemoteFailure("the database's answer is not whole", { ...unknown, code: "ANSWER_INVALID" });
  const { code } = thrown;
  if (!REFUSED.test(code)) return new RemoteFailure("the database failed", { ...unknown, code });
  // Of a batch it is an error of another name, and its message begins with the code, once or twice.
  const words = thrown.message.replaceAll(`${code}: `, "");
  return new LibsqlError(words, code, thrown.extendedCode, thrown.rawCode);
}

/** While another process writes; random, so that processes which wait for each other do not do so in step. */
const BUSY_MS = 50;
/** A server that restarts is there again within a second; one that does not is its callers' concern. */
const MOST_TRIES = 3;
const FIRST_WAIT_MS = 60;
const WAIT_GROWS = 4;

/** How long to wait before the next try; undefined where there is to be none. `random` is from 0 to below 1. */
export function waitMs(failure: LibsqlError, tries: number, isRead: boolean, random: number): number | undefined {
  if (failure.code === "SQLITE_BUSY") return random * BUSY_MS;
  if (!(failure instanceof RemoteFailure) || !failure.passes || tries >= MOST_TRIES) return undefined;
  if (failure.outcome === "unknown" && !isRead) return undefined;
  return failure.retryAfterMs ?? FIRST_WAIT_MS * WAIT_GROWS ** (tries - 1) * (0.5 + random);
}

/** A cause of a cause: what runtimes wrap is not deeper. */
const DEEPEST_CAUSE = 4;

function causes(thrown: unknown): Error[] {
  const found: Error[] = [];
  for (let error = thrown; error instanceof Error && found.length < DEEPEST_CAUSE; error = error.cause)
    found.push(error);
  return found;
}

/** A system's code; what a DOMException calls its code is a number. */
function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
