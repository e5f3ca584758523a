import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AccountInput } from "../../src/api/schemas/account.ts";
import { TenantInput } from "../../src/api/schemas/tenant.ts";
import { ACCOUNT_FLAGS } from "../../src/cli/account-flags.ts";
import { TENANT_FLAGS } from "../../src/cli/tenant-flags.ts";
import { pauseAccount } from "../../src/queue/health.ts";
import { findAccount } from "../../src/tenancy/accounts.ts";
import { startSink } from "../support/counting-sink.ts";
import { testCertificate } from "../support/smtp-server.ts";
import { startSqld } from "../support/sqld.ts";
import { commandLineWithTenant } from "./instance.ts";
import { commandLineWithInstance } from "./program.ts";

test.each([
  ["accounts", AccountInput.entries, ACCOUNT_FLAGS],
  ["tenants", TenantInput.entries, TENANT_FLAGS],
])("every field of %s can be set by a flag", (_, entries, flags) => {
  const set = new Set(flags.map(({ field }) => field.split(".")[0]));
  const given = ["id", "tenant_id"]; // by their place in the command
  const older = ["client_sync_url", "client_attachment_url"]; // the reference's, for --base-url and the paths
  const commands = ["suspended_batches"]; // suspend and activate
  const others = [...given, ...older, ...commands];
  expect(Object.keys(entries).filter((field) => !set.has(field) && !others.includes(field))).toEqual([]);
});

test("a tenant's large files and stores are set by flags, one store at a time", async () => {
  const { home, run, json } = await commandLineWithTenant();
  const update = (...flags: string[]) => run("one", "tenants", "update", "shop", ...flags);
  const large = ["--large-file", "--large-file-action", "rewrite", "--large-file-max-size-mb", "7.5"];
  const kept = ["--large-file-storage-url", `file://${home}/large`, "--large-file-ttl-days", "9"];
  expect(await update(...large, ...kept)).toMatchObject({ code: 0, stderr: "" });
  expect(await json("one", "tenants", "show", "shop")).toMatchObject({
    large_file_config: { enabled: true, action: "rewrite", max_size_mb: 7.5, file_ttl_days: 9 },
  });
  expect((await update("--store", `one=file://${home}/1`, "--store", `two=file://${home}/2`)).code).toBe(0);
  expect((await update("--store", "one=")).code).toBe(0);
  expect(Object.keys((await json("one", "tenants", "show", "shop")).stores)).toEqual(["two"]);
});

test("whom a tenant and an account may send as is a list, and anybody where an empty value clears it", async () => {
  const { run, json, addAccount } = await commandLineWithTenant();
  await addAccount("main", 25);
  const updates = [
    ["one", "tenants", "update", "shop"],
    ["one", "shop", "accounts", "update", "main"],
  ];
  for (const update of updates) {
    const shown = async () =>
      (await json(...update.map((word) => (word === "update" ? "show" : word)))).allowed_senders;
    expect(await run(...update, "--allowed-senders", "a@Shop.example, @news.example")).toMatchObject({ code: 0 });
    expect(await shown()).toEqual(["a@shop.example", "@news.example"]);
    expect(await run(...update, "--allowed-senders", "nobody")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--allowed-senders"),
    });
    expect((await run(...update, "--allowed-senders", "")).code).toBe(0);
    expect(await shown()).toBeNull();
  }
});

test("an account's certificates come from a file, and are shown line by line", async () => {
  const { home, run } = await commandLineWithTenant();
  const { cert } = testCertificate();
  writeFileSync(join(home, "ca.pem"), cert);
  await run(
    "one",
    "shop",
    "accounts",
    "add",
    "main",
    "--host",
    "smtp.example.com",
    "--ca",
    "ca.pem",
    "--is-pec-account",
  );
  const { stdout } = await run("one", "shop", "accounts", "show", "main");
  expect(stdout).toMatch(/^ca +-----BEGIN CERTIFICATE-----\n {3,}\S/m);
  expect(stdout).toMatch(/^is_pec_account +true$/m);
});

test("a secret can come from standard input for a tenant too", async () => {
  const { core, runWith, json } = await commandLineWithTenant();
  const flags = ["--auth-method", "bearer", "--auth-token", "-"];
  expect((await runWith("s3cret\n", "one", "tenants", "update", "shop", ...flags)).code).toBe(0);
  expect(await json("one", "tenants", "show", "shop")).toMatchObject({ client_auth: { has_token: true } });
  const log = await core(({ db }) => db.client.execute("select endpoint, payload from command_log"));
  expect(log.rows).toMatchObject([{ endpoint: "PUT /tenant/shop" }]);
  expect(JSON.stringify(log.rows)).not.toContain("s3cret");
});

test("a tenant is looked at, suspended by batch or as a whole, and activated", async () => {
  const { run, json, add, addAccount } = await commandLineWithTenant();
  await addAccount("main", 25);
  await add({ id: "a", batch_code: "may" }, { id: "b" });
  expect(await json("one", "shop", "info")).toMatchObject({ id: "shop", accounts: 1, ready: 2, held: 0 });
  expect(await run("one", "shop", "suspend", "may")).toMatchObject({
    stdout: "batch may of tenant shop is suspended; messages that wait: 1\n",
  });
  expect((await run("one", "shop", "suspend")).code).toBe(0);
  expect(await json("one", "shop", "info")).toMatchObject({ ready: 0, held: 2, suspended_batches: ["*", "may"] });
  expect(await run("one", "shop", "activate", "may")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("whole"),
  });
  expect(await run("one", "shop", "activate")).toMatchObject({
    stdout: "tenant shop is active; messages that wait: 2\n",
  });
  expect(await json("one", "shop", "info")).toMatchObject({ ready: 2, held: 0, suspended_batches: [] });
  expect(await run("one", "shop", "run-now")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is not running"),
  });
});

test("a test tells each step, fails with the exit code, and a passed one ends the account's pause", async () => {
  const { run, core, addAccount, json } = await commandLineWithTenant();
  const sink = await startSink();
  await addAccount("good", sink.port);
  await addAccount("bad", 1);
  await core(async ({ db, ports }) => {
    const { key, faults, updatedAt } = (await findAccount(db, "shop", "good"))!;
    const until = ports.now() + 900_000;
    await pauseAccount(db, { accountKey: key, faults, revision: updatedAt, until, error: "535" }, ports.now());
  });
  expect(await json("one", "shop", "accounts", "show", "good")).toMatchObject({ state: "paused" });
  const passed = await run("one", "shop", "accounts", "test", "good");
  expect(passed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^STEP[\s\S]*^connect +ok/m) });
  expect(await json("one", "shop", "accounts", "show", "good")).toMatchObject({ state: "ok" });
  const failed = await run("one", "shop", "accounts", "test", "bad", "--json");
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject([{ step: "connect", ok: false, detail: expect.any(String) }]);
});

test("the account of the sandbox is tested by the running server, which has the sandbox", async () => {
  const { run, start } = commandLineWithInstance();
  const proxy = start("start", "one", "--sandbox", "--port", "0");
  await proxy.printed(/is ready/);
  expect(await run("one", "default", "accounts", "test", "default")).toMatchObject({ code: 0, stderr: "" });
  expect((await run("one", "default", "run-now")).code).toBe(0);
});

test("a mistyped tenant or account is answered with the nearest one", async () => {
  const { run, addAccount } = await commandLineWithTenant();
  await addAccount("main", 25);
  const told = async (...args: string[]) => (await run("one", ...args)).stderr;
  expect(await told("shpo", "accounts", "list")).toContain("did you mean shop?");
  expect(await told("tenants", "show", "shp")).toContain("did you mean shop?");
  expect(await told("shop", "accounts", "delete", "man", "--force")).toContain("did you mean main?");
});

test("everything works on a remote database", { timeout: 60_000 }, async (context) => {
  const sqld = await startSqld();
  if ("unavailable" in sqld) return context.skip(sqld.unavailable);
  const key = Buffer.alloc(32, 7).toString("base64");
  const { run } = commandLineWithInstance({ MAIL_PROXY_DATABASE_URL: sqld.url, MAIL_PROXY_ENCRYPTION_KEY: key });
  const steps = [
    ["tenants", "add", "shop", "--auth-method", "bearer", "--auth-token", "t"],
    ["shop", "accounts", "add", "main", "--host", "127.0.0.1", "--port", "1", "--no-tls"],
    ["shop", "accounts", "list", "--csv"],
    ["shop", "suspend", "may"],
    ["shop", "info"],
    ["tenants", "delete", "shop", "--force"],
  ];
  for (const step of steps) expect(await run("one", ...step)).toMatchObject({ code: 0, stderr: "" });
});
