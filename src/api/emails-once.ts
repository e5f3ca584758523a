/**
 * Requests of the email API under an idempotency key: what one of them asks is done once, and those that repeat it are
 * answered as it was.
 *
 * 1. Within this process they go one after another.
 * 2. What is remembered under the key is the answer, if the same was asked.
 * 3. Else the work is done, and takes the key as it stores its messages (queue/idempotency.ts).
 * 4. Where that fails, another process may have been faster, or our own commit was not answered: the key tells.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { fencingToken } from "../db/fencing.ts";
import { AppError } from "../errors.ts";
import { findByKey, type Remembered, type RequestKey } from "../queue/idempotency.ts";
import type { Service } from "./service.ts";

const LONGEST_KEY = 256;
const HOUR_MS = 3_600_000;
const DEFAULT_WINDOW_HOURS = 24;
/** A request that takes longer than this is likely to be repeated itself. */
const PATIENCE_MS = 10_000;

/** A request as far as repetitions of it are known. */
export interface Request {
  tenantId: string;
  /** The caller's; where there is none, every request is done. */
  name: string | undefined;
  windowHours?: number | null | undefined;
  /** What is asked, by which the same request is told from another. */
  payload: unknown;
}

type Answer = Record<string, unknown>;

export class Once {
  readonly #service: Pick<Service, "db" | "engine" | "now">;
  readonly #patienceMs: number;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(service: Pick<Service, "db" | "engine" | "now">, patienceMs = PATIENCE_MS) {
    this.#service = service;
    this.#patienceMs = patienceMs;
  }

  /** `work` takes the key that it is given, if there is one, with what it stores. */
  async run(request: Request, work: (key: RequestKey | undefined) => Promise<Answer>): Promise<Answer> {
    const { tenantId, name, windowHours, payload } = request;
    if (name === undefined) return work(undefined);
    if (name === "" || name.length > LONGEST_KEY || !name.isWellFormed())
      throw new AppError("invalid_idempotency_key", `an idempotency key has 1 to ${LONGEST_KEY} characters`);
    const key = {
      tenantId,
      key: name,
      token: fencingToken(),
      payloadHash: await sha256(payload),
      expiresAt: this.#service.now() + (windowHours ?? DEFAULT_WINDOW_HOURS) * HOUR_MS,
    };
    return this.#alone(`${tenantId}\0${name}`, () => this.#once(key, work));
  }

  async #once(key: RequestKey, work: (key: RequestKey) => Promise<Answer>): Promise<Answer> {
    const { db, engine, now } = this.#service;
    const before = await findByKey(db, key, now());
    if (before !== undefined) return repeated(before, key);
    try {
      return await work(key);
    } catch (error) {
      const after = await findByKey(db, key, now());
      if (after === undefined) throw error;
      if (after.token !== key.token) return repeated(after, key);
      engine.wake();
      return after.answer;
    }
  }

  /** After whoever came before under the same name, if that does not take too long. */
  async #alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    const late = patience(this.#patienceMs);
    // Looked at and entered in one turn of the event loop, so that of those who wait for one end a single one goes on.
    for (let other = this.#underWay.get(name); other !== undefined; other = this.#underWay.get(name))
      await Promise.race([other, late.over]);
    late.end();
    let end = (): void => undefined;
    this.#underWay.set(
      name,
      new Promise((resolve) => {
        end = resolve;
      }),
    );
    try {
      return await work();
    } finally {
      this.#underWay.delete(name);
      end();
    }
  }
}

/** `over` fails after this time, unless it was ended before. */
function patience(ms: number): { over: Promise<never>; end(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stillRunning()), ms);
  });
  over.catch(() => undefined); // nobody may be waiting
  return { over, end: () => clearTimeout(timer) };
}

/** The key is another request's, of which nothing is known yet. */
export function stillRunning(): AppError {
  return new AppError("concurrent_idempotent_requests", "another request under this idempotency key is under way", {
    retryAfter: 1,
  });
}

function repeated({ payloadHash, answer }: Remembered, key: RequestKey): Answer {
  if (payloadHash === key.payloadHash) return { ...answer, replayed: true };
  throw new AppError("invalid_idempotent_request", "this idempotency key was used with another payload");
}

async function sha256(payload: unknown): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(payload)));
  return bytesToHex(new Uint8Array(digest));
}
