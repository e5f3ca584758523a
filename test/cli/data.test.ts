import { expect, test } from "vitest";
import { withCore } from "../../src/cli/core.ts";
import { instanceNamed } from "../../src/cli/home.ts";
import { openFile } from "../../src/runtimes/database.ts";
import { listAccounts } from "../../src/tenancy/accounts.ts";
import { commandLineWithInstance } from "./program.ts";

function anInstance() {
  const line = commandLineWithInstance();
  const json = async (...args: string[]) => JSON.parse((await line.run(...args, "--json")).stdout);
  return { ...line, json };
}

test("a tenant is added as the contract shows, updated field by field, and deleted", async () => {
  const { run, json } = anInstance();
  const added = await run(
    ...["one", "tenants", "add", "myflaskapp", "--base-url", "https://app.example.com"],
    ...["--sync-path", "/mail/delivery-report", "--attachment-path", "/mail/attachments"],
    ...["--auth-method", "bearer", "--auth-token", "shared-secret"],
  );
  expect(added).toEqual({ code: 0, stdout: "tenant myflaskapp is added\n", stderr: "" });
  expect((await run("one", "tenants", "add", "myflaskapp")).code).toBe(1);

  expect((await run("one", "tenants", "update", "myflaskapp", "--name", "Shop", "--limit-hour", "90")).code).toBe(0);
  const shown = await json("one", "tenants", "show", "myflaskapp");
  expect(shown).toMatchObject({
    name: "Shop",
    client_base_url: "https://app.example.com",
    client_sync_path: "/mail/delivery-report",
    client_auth: { method: "bearer", has_token: true },
    rate_limits: { hour: 90 },
  });
  expect(JSON.stringify(shown)).not.toContain("shared-secret");
  await run("one", "tenants", "update", "myflaskapp", "--name", "");
  expect(await json("one", "tenants", "list")).toMatchObject([{ id: "myflaskapp", name: null }]);

  expect(await run("one", "tenants", "delete", "myflaskapp")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--force"),
  });
  expect((await run("one", "tenants", "delete", "myflaskapp", "--force")).code).toBe(0);
  expect(await json("one", "tenants", "list")).toEqual([]);
});

test("a long answer goes through a pipe to its end", async () => {
  const { home, run, json } = anInstance();
  await run("migrate", "one");
  const client = await openFile({ url: `file:${home}/one/queue.db`, token: undefined, synchronous: "NORMAL" });
  await client.execute(`
    insert into tenants (id, name, created_at, updated_at)
    select value, printf('%.255c', 'x'), 0, 0 from generate_series(1, 2000)`);
  client.close();
  expect(await json("one", "tenants", "list")).toHaveLength(2000);
});

test("a tenant's key is shown once and can be revoked", async () => {
  const { run, json } = anInstance();
  await run("one", "tenants", "add", "a");
  const { stdout } = await run("one", "tenants", "api-key", "a");
  expect(stdout).toMatch(/^mpk_\S+\n$/);
  expect(await json("one", "tenants", "show", "a")).toMatchObject({ has_api_key: true });
  await run("one", "tenants", "api-key", "a", "--revoke");
  expect(await json("one", "tenants", "show", "a")).toMatchObject({ has_api_key: false });
});

test("a tenant's webhook secret is made anew and shown once, and the one before signs too for as long as is said", async () => {
  const { run, json } = anInstance();
  await run("one", "tenants", "add", "a");
  const { stdout: first } = await run("one", "tenants", "webhook-secret", "a");
  expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
  expect(await json("one", "tenants", "show", "a")).toMatchObject({
    has_webhook_secret: true,
    webhook_secret_previous_until_ts: null,
  });
  const { stdout: second } = await run("one", "tenants", "webhook-secret", "a", "--overlap-seconds", "60");
  expect(second).not.toBe(first);
  const { webhook_secret_previous_until_ts: until } = await json("one", "tenants", "show", "a");
  expect(Math.abs(until - 60 - Date.now() / 1000)).toBeLessThan(30);
  await run("one", "tenants", "webhook-secret", "a", "--overlap-seconds", "0");
  expect(await json("one", "tenants", "show", "a")).toMatchObject({ webhook_secret_previous_until_ts: null });
  expect(await run("one", "tenants", "webhook-secret", "a", "--overlap-seconds", "soon")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--overlap-seconds"),
  });
});

test("a key that would be dead from the first is a usage error, and the old one stays", async () => {
  const { run, json } = anInstance();
  await run("one", "tenants", "add", "a");
  await run("one", "tenants", "api-key", "a", "--expires-at", "2999-01-01");
  const before = await json("one", "tenants", "show", "a");
  expect(await run("one", "tenants", "api-key", "a", "--expires-at", "2020-01-01")).toEqual({
    code: 2,
    stdout: "",
    stderr: "mail-proxy: --expires-at must be in the future\n",
  });
  expect(await json("one", "tenants", "show", "a")).toEqual(before);
});

test("an account is added, listed with its health, updated and deleted, and its password never shown", async () => {
  const { run, json } = anInstance();
  await run("one", "tenants", "add", "a");
  const added = await run(
    ...["one", "a", "accounts", "add", "main", "--host", "smtp.example.com", "--port", "587"],
    ...["--user", "u", "--password", "hunter2", "--use-tls", "--limit-minute", "10", "--retry-delays", "1,2"],
  );
  expect(added).toEqual({ code: 0, stdout: "account main is added\n", stderr: "" });
  const [account] = await json("one", "a", "accounts", "list");
  expect(account).toMatchObject({
    ...{ id: "main", host: "smtp.example.com", port: 587, tls: "starttls", state: "ok" },
    ...{ has_password: true, limit_per_minute: 10, retry_delays: [1, 2] },
  });
  expect((await run("one", "a", "accounts", "update", "main", "--no-tls", "--no-tls-verify")).code).toBe(0);
  const shown = await json("one", "a", "accounts", "show", "main");
  expect(shown).toMatchObject({ tls: "none", tls_verify: false, host: "smtp.example.com" });
  expect(JSON.stringify([account, shown])).not.toContain("hunter2");
  expect((await run("one", "a", "accounts", "list")).stdout).toMatch(/^ID +HOST[\s\S]*main +smtp\.example\.com/);
  expect((await run("one", "a", "accounts", "delete", "main", "--force")).code).toBe(0);
  expect((await run("one", "a", "accounts", "list")).stdout).toMatch(
    /^tenant a has no accounts yet; add one with: accounts add\n$/,
  );
});

test("an account is paused by hand, until it is resumed or until a moment that is still to come", async () => {
  const { run, json } = anInstance();
  await run("one", "tenants", "add", "a");
  await run("one", "a", "accounts", "add", "main", "--host", "smtp.example.com");
  expect(await run("one", "a", "accounts", "pause", "main")).toEqual({
    ...{ code: 0, stdout: "account main is paused until it is resumed\n", stderr: "" },
  });
  const paused = { state: "paused", paused_by: "hand", paused_until: null };
  expect(await json("one", "a", "accounts", "show", "main")).toMatchObject(paused);
  expect(await run("one", "a", "accounts", "pause", "main", "--until", "2001-01-01")).toMatchObject({
    ...{ code: 2, stderr: "mail-proxy: --until must be in the future\n" },
  });
});

test("a password can come from standard input, where no list of processes shows it", async () => {
  const { home, run, runWith } = anInstance();
  await run("one", "tenants", "add", "a");
  const stored = () =>
    withCore(instanceNamed(home, "one"), async ({ db, vault }) => {
      const [account] = await listAccounts(db, "a");
      return vault.open(account?.password ?? "");
    });
  const account = ["--host", "smtp.example.com", "--user", "u", "--password", "-"];
  expect(await run("one", "a", "accounts", "add", "main", ...account)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("standard input"),
  });
  expect((await runWith("hünter 2\r\nmore\n", "one", "a", "accounts", "add", "main", ...account)).code).toBe(0);
  expect(await stored()).toBe("hünter 2");
  expect((await runWith("hunter3", "one", "a", "accounts", "update", "main", "--password", "-")).code).toBe(0);
  expect(await stored()).toBe("hunter3");
});

test.each([
  ["a missing id", ["tenants", "add"], "id is missing"],
  ["a tenant that would be taken for a command", ["tenants", "add", "logs"], "logs is a command and cannot name"],
  ["a missing tenant", ["tenants", "show"], "the tenant is missing"],
  ["a store that is no pair", ["tenants", "add", "x", "--store", "bare"], "NAME=VALUE"],
  [
    "a certificate that is not there",
    ["a", "accounts", "add", "x", "--host", "h", "--ca", "/none"],
    "cannot read /none",
  ],
  ["a missing host", ["a", "accounts", "add", "x"], "--host is missing"],
  ["a missing password", ["a", "accounts", "add", "x", "--host", "h", "--user", "u"], "--password is missing"],
  [
    "a value that the API would refuse",
    ["tenants", "update", "a", "--base-url", "ftp://x"],
    "--base-url must be an http or https URL",
  ],
  ["a number that is none", ["a", "accounts", "add", "x", "--host", "h", "--port", "many"], "port"],
  ["an unknown status", ["a", "messages", "list", "--status", "lost"], "status"],
  ["an unknown command", ["a", "accounts", "explode"], "unknown command"],
])("%s is a usage error where nobody can be asked", async (_, args, words) => {
  const { run } = anInstance();
  expect(await run("one", ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
});

test("an unknown tenant is a failure, not a stack trace", async () => {
  const { run } = anInstance();
  const { code, stderr } = await run("one", "nobody", "accounts", "list");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "mail-proxy: there is no tenant nobody\n" });
});

test("commands work while the server runs: what it took is listed and counted, and run-now reaches it", async () => {
  const { run, start, json } = anInstance();
  const proxy = start("start", "one", "--sandbox", "--port", "0");
  const [, url, token] = await proxy.printed(/inbox {2}(http:\S+)\/dashboard\/inbox#token=(\S+)/);
  const post = async (id: string, more: object) =>
    fetch(`${url}/commands/add-messages`, {
      method: "POST",
      headers: { "X-API-Token": token ?? "", "Content-Type": "application/json" },
      body: JSON.stringify({
        messages: [{ id, from: "a@example.com", to: "b@example.com", subject: 'Say "hi", Bob', body: "x", ...more }],
      }),
    });
  expect((await post("later", { deferred_ts: Math.floor(Date.now() / 1000) + 3600 })).status).toBe(200);

  expect(await json("one", "default", "messages", "list")).toMatchObject([{ id: "later", status: "deferred" }]);
  expect(await json("one", "default", "messages", "list", "--status", "sent")).toEqual([]);
  const { stdout } = await run("one", "default", "messages", "list", "--csv");
  expect(stdout).toMatch(/^id,status,account,.*\r\nlater,deferred,default,2,b@example\.com,"Say ""hi"", Bob",/);
  expect(await json("one", "stats")).toMatchObject({ scheduled: 1, sent_total: 0 });
  expect(await run("one", "run-now")).toMatchObject({ code: 0, stderr: "" });

  proxy.child.kill("SIGTERM");
  expect((await proxy.ended).code).toBe(0);
  expect(await run("one", "run-now")).toMatchObject({ code: 1, stderr: expect.stringContaining("is not running") });
});
