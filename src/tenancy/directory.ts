/** Tenants, keys and accounts as one process remembers them, so that taking a message in costs no query of its own. */
import { type Database, rows } from "../db/database.ts";
import { hashToken, sameHash } from "../security/tokens.ts";
import { type KeyHolder, type Principal, tenantPrincipal } from "./keys.ts";
import { type Known, type KnownAccount, type Resolution, resolveAccount, type Wanted } from "./resolve.ts";

/** For this long another process's changes may be unknown here; our own are seen at once (`invalidate`). */
const MAX_AGE_MS = 1_000;

const MOST_HASHES = 1_000;
const ADMIN: Principal = { kind: "admin" };

interface Contents {
  known: Known;
  holders: ReadonlyMap<string, KeyHolder>;
}

export class Directory {
  readonly #db: Database;
  /**
   * Hashes of tokens that opened something, since hashing costs more than all the rest of knowing a caller; what they open
   * is asked anew each time. A map finds a text by a hash of all of it, so its duration tells nothing of a part of a token.
   */
  readonly #hashes = new Map<string, string>();
  #entry: { loadedAt: number; contents: Promise<Contents> } | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The account that each of them means, or why there is none; in their order. */
  async resolve(wanted: readonly Wanted[], now: number): Promise<Resolution[]> {
    const { known } = await this.#contents(now);
    return wanted.map((one) => resolveAccount(known, one));
  }

  /** As `identify` of keys.ts, without its query. */
  async identify(adminTokenHash: string, presented: string, now: number): Promise<Principal | undefined> {
    const known = this.#hashes.get(presented);
    const hash = known ?? hashToken(presented);
    const caller = sameHash(hash, adminTokenHash)
      ? ADMIN
      : tenantPrincipal((await this.#contents(now)).holders.get(hash), now);
    if (caller !== undefined && known === undefined) this.#remember(presented, hash);
    return caller;
  }

  /** Tenants, keys or accounts were changed: whoever asks from now on sees that. */
  invalidate(): void {
    this.#entry = undefined;
  }

  #remember(token: string, hash: string): void {
    if (this.#hashes.size >= MOST_HASHES) this.#hashes.clear();
    this.#hashes.set(token, hash);
  }

  /** Whoever asks at the same time waits for the same query. */
  #contents(now: number): Promise<Contents> {
    if (this.#entry !== undefined && now - this.#entry.loadedAt < MAX_AGE_MS) return this.#entry.contents;
    const entry = { loadedAt: now, contents: load(this.#db) };
    this.#entry = entry;
    entry.contents.catch(() => {
      if (this.#entry === entry) this.#entry = undefined;
    });
    return entry.contents;
  }
}

const CONTENTS = `
  select t.id as tenantId, t.active, t.api_key_hash as keyHash, t.api_key_expires_at as expiresAt,
    a.key, a.id, a.host, a.from_address as fromAddress, a.priority
  from tenants t left join accounts a on a.tenant_id = t.id and a.deleted_at is null
  order by t.id, a.id`;

interface ContentsRow extends Omit<KnownAccount, "key"> {
  active: number;
  keyHash: string | null;
  expiresAt: number | null;
  /** Null, as the account's other columns, where the tenant has none. */
  key: number | null;
}

async function load(db: Database): Promise<Contents> {
  const known = new Map<string, { id: string; active: boolean; accounts: Map<string, KnownAccount> }>();
  const holders = new Map<string, KeyHolder>();
  for (const row of await rows<ContentsRow>(db, CONTENTS)) {
    const { tenantId, key, id, host, fromAddress, priority } = row;
    const tenant = known.get(tenantId) ?? { id: tenantId, active: row.active === 1, accounts: new Map() };
    known.set(tenantId, tenant);
    if (row.keyHash !== null) holders.set(row.keyHash, { tenantId, active: tenant.active, expiresAt: row.expiresAt });
    if (key !== null) tenant.accounts.set(id, { key, tenantId, id, host, fromAddress, priority });
  }
  return { known, holders };
}
