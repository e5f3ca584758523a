/**
 * Tenants, keys and accounts as one process remembers them, so that taking a message in costs no query of its own.
 *
 * Whoever asks for what is `recent` may miss another process's change for a second. What is `remembered` may be of any age:
 * it is for who lets the database check its `revision` in the same transaction as what he does with it.
 */
import type { Row } from "@libsql/client";
import { type Database, rows } from "../db/database.ts";
import { hashToken, sameHash } from "../security/tokens.ts";
import { DEFAULT_PRIORITY } from "./instance.ts";
import { type KeyHolder, type Principal, tenantPrincipal } from "./keys.ts";
import { type Known, type KnownAccount, type Resolution, resolveAccount, type Wanted } from "./resolve.ts";

/** For this long another process's changes may be unknown here; our own are seen at once (`invalidate`). */
const MAX_AGE_MS = 1_000;

/** Unknown tokens that are asked the database about while contents are recent: a flood of wrong ones costs no more. */
const MOST_LOOKS = 5;

const MOST_HASHES = 1_000;
const ADMIN: Principal = { kind: "admin" };

export interface Contents {
  loadedAt: number;
  /** As the database counts its changes (db/schema.ts). */
  revision: number;
  known: Known;
  holders: ReadonlyMap<string, KeyHolder>;
  /** What the instance stores, if it does. */
  defaultPriority: number | undefined;
}

/** What is remembered: plain values, which may outlive the directory that read them. */
export class DirectoryMemory {
  contents: Contents | undefined;
  /** Of our own: what was read before one of them is not remembered. */
  changes = 0;
  /**
   * Hashes of tokens that opened something, since hashing costs more than all the rest of knowing a caller; what they open
   * is asked anew each time. A map finds a text by a hash of all of it, so its duration tells nothing of a part of a token.
   */
  readonly hashes = new Map<string, string>();
  /** How many unknown tokens the database was asked about since then. */
  looks = { since: 0, count: 0 };
}

export class Directory {
  readonly #db: Database;
  readonly #memory: DirectoryMemory;
  #loading: Promise<Contents> | undefined;

  constructor(db: Database, memory = new DirectoryMemory()) {
    this.#db = db;
    this.#memory = memory;
  }

  /** Of any age. */
  async remembered(now: number): Promise<Contents> {
    return this.#memory.contents ?? this.#load(now);
  }

  async recent(now: number): Promise<Contents> {
    const { contents } = this.#memory;
    return contents !== undefined && isRecent(contents, now) ? contents : this.#load(now);
  }

  /** The account that each of them means, or why there is none; in their order. */
  async resolve(wanted: readonly Wanted[], now: number): Promise<Resolution[]> {
    const { known } = await this.recent(now);
    return wanted.map((one) => resolveAccount(known, one));
  }

  /** Who presents this token; undefined where it opens nothing as far as recent contents tell. */
  async identify(
    adminTokenHash: string,
    presented: string,
    now: number,
    trust: "recent" | "remembered" = "recent",
  ): Promise<Principal | undefined> {
    const { hashes } = this.#memory;
    const hash = this.hash(presented);
    const caller = await this.identifyHash(adminTokenHash, hash, now, trust);
    if (caller !== undefined && !hashes.has(presented)) {
      if (hashes.size >= MOST_HASHES) hashes.clear();
      hashes.set(presented, hash);
    }
    return caller;
  }

  /** The same by the token's hash, for whoever showed the token before. */
  async identifyHash(
    adminTokenHash: string,
    hash: string,
    now: number,
    trust: "recent" | "remembered" = "recent",
  ): Promise<Principal | undefined> {
    return sameHash(hash, adminTokenHash) ? ADMIN : tenantPrincipal(await this.#holder(hash, now, trust), now);
  }

  /** Whether by these contents the key, known by its hash, still opens its tenant. */
  opens({ holders }: Contents, { tenantId, hash }: { tenantId: string; hash: string }, now: number): boolean {
    const holder = holders.get(hash);
    return holder?.active === true && holder.tenantId === tenantId && now < (holder.expiresAt ?? now + 1);
  }

  /** Of a token, as the database knows it. */
  hash(presented: string): string {
    return this.#memory.hashes.get(presented) ?? hashToken(presented);
  }

  /** Tenants, keys, accounts or the default priority were changed: whoever asks from now on sees that. */
  invalidate(): void {
    this.#memory.contents = undefined;
    this.#memory.changes += 1;
    this.#loading = undefined;
  }

  /** The database says that these are no longer so; what is newer stays, and whoever finds out together reads once. */
  outdated(contents: Contents): void {
    if (this.#memory.contents === contents) this.#memory.contents = undefined;
  }

  /** A key that is not remembered, or opens nothing, may be a new one. */
  async #holder(hash: string, now: number, trust: "recent" | "remembered"): Promise<KeyHolder | undefined> {
    const holder = (await this[trust](now)).holders.get(hash);
    return holder?.active ? holder : ((await this.recent(now)).holders.get(hash) ?? this.#newcomer(hash, now));
  }

  /** A key that another process has made since contents were read, as the command line does, opens at once all the same. */
  async #newcomer(hash: string, now: number): Promise<KeyHolder | undefined> {
    const memory = this.#memory;
    if (now - memory.looks.since >= MAX_AGE_MS) memory.looks = { since: now, count: 0 };
    if (memory.looks.count >= MOST_LOOKS) return undefined;
    memory.looks.count += 1;
    const [found] = await rows(this.#db, "select 1 from tenants where api_key_hash = :hash", { hash });
    if (found === undefined) return undefined;
    this.invalidate(); // also what is being read: that may have begun before the key was there
    return (await this.recent(now)).holders.get(hash);
  }

  /** Whoever asks at the same time waits for the same query. */
  #load(now: number): Promise<Contents> {
    if (this.#loading !== undefined) return this.#loading;
    const { changes } = this.#memory;
    const loading = load(this.#db, now);
    this.#loading = loading;
    const end = (contents: Contents | undefined) => {
      if (this.#loading === loading) this.#loading = undefined;
      if (this.#memory.changes === changes) this.#memory.contents = contents;
    };
    loading.then(end, () => end(undefined));
    return loading;
  }
}

/** Whether another process's change of more than a second ago is in there. */
export function isRecent({ loadedAt }: Contents, now: number): boolean {
  return now - loadedAt < MAX_AGE_MS;
}

const CONTENTS = `
  select t.id as tenantId, t.active, t.api_key_hash as keyHash, t.api_key_expires_at as expiresAt,
    a.key, a.id, a.host, a.from_address as fromAddress, a.priority,
    a.allowed_senders as allowedSenders, t.allowed_senders as tenantSenders
  from tenants t left join accounts a on a.tenant_id = t.id and a.deleted_at is null
  order by t.id, a.id`;

interface ContentsRow extends Omit<KnownAccount, "key" | "allowedSenders" | "tenantSenders"> {
  active: number;
  keyHash: string | null;
  expiresAt: number | null;
  /** Null, as the account's other columns, where the tenant has none. */
  key: number | null;
  /** JSON, as the tenant's. */
  allowedSenders: string | null;
  tenantSenders: string | null;
}

async function load(db: Database, now: number): Promise<Contents> {
  const results = await db.client.batch(["select revision from directory", DEFAULT_PRIORITY, CONTENTS], "read");
  const [[directory], [priority], found] = results.map(({ rows }) => rows) as [Row[], Row[], unknown[]];
  const known = new Map<string, { id: string; active: boolean; accounts: Map<string, KnownAccount> }>();
  const holders = new Map<string, KeyHolder>();
  for (const row of found as ContentsRow[]) {
    const { tenantId, key, id, host, fromAddress, priority } = row;
    const lists = { allowedSenders: listIn(row.allowedSenders), tenantSenders: listIn(row.tenantSenders) };
    const tenant = known.get(tenantId) ?? { id: tenantId, active: row.active === 1, accounts: new Map() };
    known.set(tenantId, tenant);
    if (row.keyHash !== null) holders.set(row.keyHash, { tenantId, active: tenant.active, expiresAt: row.expiresAt });
    if (key !== null) tenant.accounts.set(id, { key, tenantId, id, host, fromAddress, priority, ...lists });
  }
  const defaultPriority = priority === undefined ? undefined : Number(priority.value);
  return { loadedAt: now, revision: Number(directory!.revision), known, holders, defaultPriority };
}

function listIn(column: string | null): string[] | null {
  return column === null ? null : JSON.parse(column);
}
