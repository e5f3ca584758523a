import { expect, test } from "vitest";
import { ConfigError } from "../../src/config.ts";
import { rows } from "../../src/db/database.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { instanceView, readInstance, updateInstance } from "../../src/tenancy/instance.ts";
import { checkKey } from "../../src/tenancy/key-check.ts";
import { openTestDatabase, temporaryFolder, testDatabase } from "../support/database.ts";

const KEY = generateKey();
const vault = await openVault(KEY);
const T0 = 1_800_000_000_000;

test("settings are kept with their types, secrets sealed at rest and never shown", async () => {
  const db = await testDatabase();
  const settings = { name: "main", default_priority: 0, bounce_enabled: false, bounce_imap_password: "pass-w0rd" };
  await updateInstance(db, vault, settings, T0);
  expect(await readInstance(db, vault)).toEqual(settings);
  expect(JSON.stringify(await rows(db, "select * from instance"))).not.toContain("pass-w0rd");
  const unset = ["host", "port", "user", "folder", "ssl", "tls_verify", "ca"].map((name) => [
    `bounce_imap_${name}`,
    null,
  ]);
  expect(instanceView(await readInstance(db, vault))).toEqual({
    name: "main",
    default_priority: 0,
    bounce_enabled: false,
    has_bounce_imap_password: true,
    ...Object.fromEntries(unset),
    ...{ bounce_poll_interval: null, bounce_return_path: null },
  });
});

test("absent settings keep their value, null clears, and nothing at all changes nothing", async () => {
  const db = await testDatabase();
  await updateInstance(
    db,
    vault,
    { name: "main", bounce_imap_host: "imap.example.com", bounce_imap_password: "p" },
    T0,
  );
  await updateInstance(db, vault, { name: undefined, bounce_imap_host: null, bounce_imap_port: 993 }, T0);
  await updateInstance(db, vault, {}, T0);
  expect(await readInstance(db, vault)).toEqual({ name: "main", bounce_imap_port: 993, bounce_imap_password: "p" });
  await updateInstance(db, vault, { bounce_imap_password: null }, T0);
  expect(instanceView(await readInstance(db, vault)).has_bounce_imap_password).toBe(false);
});

test("what else the instance remembers of itself is no setting", async () => {
  const db = await testDatabase();
  await checkKey(db, vault, T0);
  expect(await readInstance(db, vault)).toEqual({});
});

test("the key of the first start is the key of every start", async () => {
  const db = await testDatabase();
  await checkKey(db, vault, T0);
  await checkKey(db, await openVault(KEY), T0);
  const error = await checkKey(db, await openVault(generateKey()), T0).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toContain("MAIL_PROXY_ENCRYPTION_KEY");
  await checkKey(db, vault, T0);
});

test("of processes that start together with two keys exactly one key wins", async () => {
  const folder = temporaryFolder();
  const first = await testDatabase(folder);
  const databases = [first, await openTestDatabase(folder), await openTestDatabase(folder)];
  const other = await openVault(generateKey());
  const checks = databases.flatMap((db) => [vault, other].map(async (one) => ({ one, check: await outcome(db, one) })));
  const outcomes = await Promise.all(checks);
  const winners = new Set(outcomes.filter(({ check }) => check === "ok").map(({ one }) => one));
  expect(winners.size).toBe(1);
  expect(outcomes.filter(({ check }) => check === "ok")).toHaveLength(3);
});

async function outcome(db: Awaited<ReturnType<typeof testDatabase>>, candidate: typeof vault): Promise<string> {
  return checkKey(db, candidate, T0).then(
    () => "ok",
    () => "refused",
  );
}
