/**
 * One bounded pass over the queue.
 *
 * 1. What is due becomes ready; expired leases become ready again (queue/schedule).
 * 2. Which accounts have something ready, how many may each send now (queue/limits), and what is its fair share (shares)?
 * 3. That much is leased, best priority first (queue/claim), and handed to its account's lane (deliveries).
 * 4. A limit that holds an account back defers or rejects the head of its line (queue/holdback).
 *
 * The lanes compose, send, decide and settle (courier.ts, settler.ts); the pass does not wait for them.
 */
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Ports } from "../ports.ts";
import { claim } from "../queue/claim.ts";
import { deferHead, rejectHead } from "../queue/holdback.ts";
import { type Candidate, look, type View, wakeAndLook } from "../queue/look.ts";
import { failWaiting } from "../queue/remove.ts";
import { tenantsOf } from "../queue/schedule.ts";
import type { Senders } from "./accounts.ts";
import type { Deliveries } from "./deliveries.ts";
import { log } from "./log.ts";
import { logClaimed, logGivenUp, logHeldBack } from "./message-log.ts";
import type { ReturnPaths } from "./return-paths.ts";

/** One pass wakes at most this many messages; what is left makes the next pass due at once. */
const WAKE_LIMIT = 1_000;

export interface Pass {
  db: Database;
  config: Config;
  deliveries: Deliveries;
  senders: Senders;
  returnPaths: ReturnPaths;
  restrictions: Ports["restrictions"];
  /** When time alone changes something next, as far as the last pass saw (Unix ms). */
  foreseen: { wakeAt: number };
  /** A tenant has something new to be told. */
  report(tenantId: string): void;
}

/** Answers when the next pass is due (Unix ms), as far as time alone decides. */
export async function tick(pass: Pass, now: number): Promise<number> {
  const { db, config, deliveries } = pass;
  const { nextWakeAt, candidates, returnPath } = await view(pass, now);
  pass.returnPaths.heed(returnPath);
  for (const gone of candidates.filter(({ deleted }) => deleted)) {
    if (!deliveries.mayBegin) break; // each is a request of its own, and the next drain comes to it
    await failOrphans(pass, gone, now);
  }
  const accounts = candidates.filter((account) => !account.deleted && serves(pass, account));
  const shares = deliveries.shares(accounts);
  const wanted = shares.map(({ account: { accountKey }, want, bytes }) => ({ accountKey, want, bytes }));
  const { claimed, left } = await claim(db, wanted, now, config.leaseSeconds * 1000);
  const satisfied = new Set<number>();
  for (const { account } of shares) {
    const own = claimed.filter(({ accountKey }) => accountKey === account.accountKey);
    if (!left.has(account.accountKey)) satisfied.add(account.accountKey);
    if (own.length > 0) {
      logClaimed(account, own);
      deliveries.add(account, own);
    }
  }
  const waiting = accounts.filter(({ accountKey }) => !satisfied.has(accountKey));
  deliveries.expect(new Set(waiting.map(({ accountKey }) => accountKey)));
  // Whoever had all that its share allowed and has room for more is served again at once.
  let soon = deliveries.couldServe(waiting);
  for (const account of accounts) {
    if (!deliveries.mayBegin) break;
    soon = (await holdBack(pass, account, now)) || soon;
  }
  const moments = accounts.map((account) => laterMoment(account, now));
  return soon ? now : Math.min(nextWakeAt, ...moments, now + config.pollInterval * 1000);
}

/** The queue as it is once what is due was woken: in one round trip where the last look foretold it, or nothing is known yet. */
async function view({ db, config, senders, foreseen, report }: Pass, now: number): Promise<View> {
  let found = foreseen.wakeAt <= now ? undefined : await look(db, now, senders.alongside());
  if (found === undefined || found.nextWakeAt <= now) {
    const wake = { limit: WAKE_LIMIT, retentionMs: config.retentionSeconds * 1000 };
    const woken = await wakeAndLook(db, now, wake, senders.alongside());
    logGivenUp(woken.givenUp);
    for (const tenantId of tenantsOf(woken.givenUp)) report(tenantId);
    found = woken;
  }
  foreseen.wakeAt = found.nextWakeAt;
  return found;
}

/** What this runtime cannot send waits in the queue, for a process that can. */
function serves({ restrictions }: Pass, candidate: Candidate): boolean {
  const { accountId, tenantId, host, port, tlsVerify, hasCa, suppressSend } = candidate;
  const server = { host, port, tlsVerify: tlsVerify !== 0, ca: hasCa ? "" : null };
  const fault = restrictions?.accountFault({ ...server, suppressSend: suppressSend === 1 });
  if (fault === undefined) return true;
  const words = { account_id: accountId, tenant_id: tenantId, ...fault };
  log.warning("account {account_id} of tenant {tenant_id} is not served here: {field} {reason}", words);
  return false;
}

/** Answers whether more of the line is to be rejected. */
async function holdBack({ db, config, report }: Pass, account: Candidate, now: number): Promise<boolean> {
  const { accountKey, limitSlots, nextSlotAt, limitBehavior, pausedUntil, tenantId } = account;
  if (limitSlots > 0 || nextSlotAt === null || (pausedUntil ?? 0) > now) return false;
  const head = account.batchSize ?? config.batchSizePerAccount;
  const told =
    limitBehavior === "defer"
      ? await deferHead(db, accountKey, nextSlotAt, now, head)
      : await rejectHead(db, accountKey, now, head, config.retentionSeconds * 1000);
  if (told > 0) {
    logHeldBack(account, told, nextSlotAt);
    report(tenantId);
  }
  return limitBehavior === "reject" && told === head;
}

async function failOrphans({ db, config, report }: Pass, account: Candidate, now: number): Promise<void> {
  const { accountKey, accountId, tenantId } = account;
  const messages = await failWaiting(db, accountKey, "account deleted", now, config.retentionSeconds * 1000);
  log.warning("{messages} messages of account {account_id} of tenant {tenant_id} failed: it was deleted", {
    ...{ event: "given_up", messages, account_id: accountId, tenant_id: tenantId },
  });
  report(tenantId);
}

/** When time alone lets an account go on that cannot go on now. */
function laterMoment({ slots, pausedUntil, nextSlotAt }: Candidate, now: number): number {
  if (slots > 0) return Number.POSITIVE_INFINITY;
  if (pausedUntil !== null && pausedUntil > now) return pausedUntil;
  return nextSlotAt ?? Number.POSITIVE_INFINITY;
}
