/** What a process remembers of accounts is bounded, however many it has served. */
import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { Senders } from "../../src/dispatch/accounts.ts";
import { Lane, type LaneOptions } from "../../src/dispatch/lane.ts";
import { Places } from "../../src/dispatch/places.ts";
import { Roster } from "../../src/dispatch/roster.ts";
import { openVault } from "../../src/security/vault.ts";
import { ENCRYPTION_KEY } from "../support/app.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant } from "../support/queue.ts";
import { candidate } from "./candidate.ts";

/** Above what is remembered, and quick enough to add. */
const ACCOUNTS = 1_050;

test("the settings and secrets of accounts that were used once are forgotten, those in use are not", async () => {
  const db = await testDatabase();
  await addTenant(db);
  const vault = await openVault(ENCRYPTION_KEY);
  const surroundings = { config: readConfig({}), sandbox: undefined, hostName: "proxy.test", restrictions: undefined };
  const options = { ...surroundings, now: Date.now };
  const senders = new Senders(db, vault, { ...options, limited: () => undefined });
  const keys: number[] = [];
  for (let n = 0; n < ACCOUNTS; n++) keys.push(await addAccount(db, "acme", { id: `a${n}` }));
  const [first, second] = [await senders.get(keys[0]!, 0), await senders.get(keys[1]!, 0)];
  for (const key of keys) {
    await senders.get(key, 0);
    await senders.get(keys[0]!, 0);
  }
  expect(await senders.get(keys[0]!, 0)).toBe(first);
  expect(await senders.get(keys[1]!, 0)).not.toBe(second);
  await senders.close();
});

test("the lanes of accounts with nothing to send are forgotten, whoever has rested longest first", () => {
  const roster = new Roster();
  for (let key = 1; key <= 10_000; key++) {
    roster.open(key, () => idleLane(key));
    roster.rest(key);
  }
  expect(roster.busy.size).toBe(0);
  expect(roster.get(1)).toBeUndefined();
  expect(roster.get(10_000)).toBeDefined();
  const remembered = Array.from({ length: 10_000 }, (_, n) => roster.get(n + 1)).filter((lane) => lane !== undefined);
  expect(remembered).toHaveLength(1_000);
});

test("a lane at work is never forgotten", () => {
  const roster = new Roster();
  const busy = roster.open(1, () => idleLane(1));
  for (let key = 2; key <= 3_000; key++) {
    roster.open(key, () => idleLane(key));
    roster.rest(key);
  }
  expect(roster.get(1)).toBe(busy);
});

function idleLane(accountKey: number): Lane {
  const options: LaneOptions = {
    places: new Places(1),
    batch: () => 50,
    most: () => 1,
    send: async () => undefined,
    isIncomplete: () => false,
    prepare: async () => true,
    mayBegin: () => true,
    short: () => undefined,
    quiet: () => undefined,
  };
  return new Lane(candidate({ accountKey, accountId: String(accountKey) }), options);
}
