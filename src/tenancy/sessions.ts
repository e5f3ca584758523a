/** Sessions of the dashboard: a random id instead of the token, of which only the hash is kept; it opens what the token still opens. */
import { batch, type Database, json, rows } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { hashToken, newToken } from "../security/tokens.ts";
import type { Directory } from "./directory.ts";
import type { Principal } from "./keys.ts";

/** Nobody stays logged in for longer. */
export const SESSION_SECONDS = 12 * 3600;

const INSERT = `
  insert into sessions (id_hash, token_hash, created_at, expires_at) values (:idHash, :tokenHash, :now, :expiresAt)`;

/** With one token: whoever logs in once more ends the oldest. */
const MOST_SESSIONS = 100;

/** Those that are over open nothing, swept or not. */
const SWEEP = "delete from sessions where expires_at <= :now";

const END_OLDEST = `
  delete from sessions where id_hash in (
    select s.id_hash from sessions s where s.token_hash = :tokenHash order by s.created_at desc limit -1 offset ${MOST_SESSIONS - 1})`;

const FIND = "select token_hash as tokenHash from sessions where id_hash = :idHash and expires_at > :now";

const FIND_ALL = `
  select id_hash as idHash, token_hash as tokenHash from sessions
  where id_hash in (select value from json_each(:idHashes)) and expires_at > :now`;

/** Who is logged in, and with which token, by its hash. */
export interface LoggedIn {
  caller: Principal;
  tokenHash: string;
}

export class Sessions {
  readonly #db: Database;
  readonly #directory: Directory;
  readonly #adminTokenHash: string;
  readonly #now: () => number;

  constructor(db: Database, directory: Directory, adminTokenHash: string, now: () => number) {
    this.#db = db;
    this.#directory = directory;
    this.#adminTokenHash = adminTokenHash;
    this.#now = now;
  }

  /** The id of a new session; undefined where the token opens nothing. Throws AppError for the key of an inactive tenant. */
  async open(token: string): Promise<string | undefined> {
    const now = this.#now();
    if ((await this.#directory.identify(this.#adminTokenHash, token, now)) === undefined) return undefined;
    const id = newToken("");
    const hashes = { idHash: hashToken(id), tokenHash: hashToken(token) };
    await batch(this.#db, [
      { sql: SWEEP, args: { now } },
      { sql: END_OLDEST, args: { tokenHash: hashes.tokenHash } },
      { sql: INSERT, args: { ...hashes, now, expiresAt: now + SESSION_SECONDS * 1000 } },
    ]);
    return id;
  }

  /** Whose session it is; undefined where it is over, or its token opens nothing any more. Throws as `open`. */
  async find(id: string): Promise<LoggedIn | undefined> {
    const now = this.#now();
    const [found] = await rows<{ tokenHash: string }>(this.#db, FIND, { idHash: hashToken(id), now });
    if (found === undefined) return undefined;
    const caller = await this.#directory.identifyHash(this.#adminTokenHash, found.tokenHash, now);
    return caller && { caller, tokenHash: found.tokenHash };
  }

  /** Those of these sessions that are not over, in one look at them all. */
  async standing(ids: readonly string[]): Promise<Set<string>> {
    const now = this.#now();
    const idHashes = ids.map(hashToken);
    const found = await rows<{ idHash: string; tokenHash: string }>(this.#db, FIND_ALL, {
      idHashes: json(idHashes),
      now,
    });
    const standing = new Set<string>();
    for (const { idHash, tokenHash } of found) {
      if (await this.#opens(tokenHash, now)) standing.add(idHash);
    }
    return new Set(ids.filter((_, position) => standing.has(idHashes[position]!)));
  }

  /** Whether the token opens anything: the key of an inactive tenant does not, and that is no matter of the other sessions. */
  async #opens(tokenHash: string, now: number): Promise<boolean> {
    try {
      return (await this.#directory.identifyHash(this.#adminTokenHash, tokenHash, now)) !== undefined;
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
  }

  async end(id: string): Promise<void> {
    await batch(this.#db, [{ sql: "delete from sessions where id_hash = :idHash", args: { idHash: hashToken(id) } }]);
  }
}
