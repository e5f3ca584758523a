/** What the reference's database holds goes on here: its tenants, their keys, their accounts, and the mail that waits. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Driver from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { withCore } from "../../src/cli/core.ts";
import type { Core } from "../../src/core.ts";
import { rows } from "../../src/db/database.ts";
import { revokeApiKey } from "../../src/tenancy/keys.ts";
import { blocks } from "../support/pages.ts";
import { EXTENSIONS, startSmtpServer } from "../support/smtp-server.ts";
import { answer } from "./instance.ts";
import { commandLineWithInstance, programWith, startCommand } from "./program.ts";
import { hashOf, referenceDatabase, sealedBy } from "./reference-database.ts";

const KEY = Buffer.alloc(32, 9);
const OTHER_KEY = Buffer.alloc(32, 8);
const PAST = 1_700_000_000;
const FUTURE = 4_000_000_000;

const payload = (subject: string, more: object = {}) => ({
  ...{
    from: "shop@example.com",
    to: ["a@example.net"],
    cc: null,
    subject,
    body: `about ${subject}`,
    content_type: "plain",
  },
  ...more,
});

/** An instance `one`, a file `old.db` beside it, and what the proxy then shows. */
function withReference(generation: "newest" | "older" | "oldest", tables: Parameters<typeof referenceDatabase>[2]) {
  const line = commandLineWithInstance({ MAIL_PROXY_ALLOW_PRIVATE_HOSTS: "true" });
  const file = join(line.home, "old.db");
  referenceDatabase(file, generation, tables);
  const json = async (...args: string[]) => JSON.parse(await answer(["--home", line.home, "one", ...args, "--json"]));
  const take = async (...flags: string[]) => {
    const { code, stdout, stderr } = await line.run("one", "import-genro", "old.db", "--json", ...flags);
    return { code, stderr, report: stdout === "" ? undefined : JSON.parse(stdout) };
  };
  const instance = { name: "one", folder: join(line.home, "one") };
  const core = <T>(work: (core: Core) => Promise<T>) => withCore(instance, work);
  return { ...line, file, core, json, take };
}

const part = (taken: number, more: object = {}) => ({ taken, already_there: 0, left_out: [], incomplete: [], ...more });

test("tenants, keys, accounts and waiting mail go on here, and the mail is delivered by the passwords that were sealed there", {
  timeout: 60_000,
}, async () => {
  const server = await startSmtpServer({ extensions: [...EXTENSIONS, "AUTH PLAIN"] });
  const place = { host: "127.0.0.1", port: server.port, use_tls: 0 };
  const { run, start, json, take } = withReference("newest", {
    tenants: [
      {
        ...{ id: "shop", name: "Shop", client_base_url: "https://shop.example.com", client_sync_path: "/reports" },
        ...{ client_auth: { method: "bearer", token: sealedBy(KEY, "t0ken") }, active: 1 },
        ...{ rate_limits: { hourly: 500, daily: 0 }, suspended_batches: "june, july" },
        ...{ large_file_config: { enabled: true, action: "warn", max_size_mb: 5 } },
        ...{ api_key_hash: hashOf("an application's key"), api_key_expires_at: "2099-01-01T00:00:00" },
      },
      { id: "closed", active: 0 },
    ],
    accounts: [
      {
        ...{
          pk: "account-1",
          id: "main",
          tenant_id: "shop",
          ...place,
          user: "shop",
          password: sealedBy(KEY, "hunter2"),
        },
        ...{ ttl: 60, limit_per_minute: 0, limit_per_hour: 900, limit_behavior: "reject", batch_size: 20 },
      },
      {
        ...{
          pk: "account-2",
          id: "pec",
          tenant_id: "shop",
          ...place,
          is_pec_account: 1,
          imap_host: "imap.example.com",
        },
        ...{ imap_user: "pec", imap_password: "plain", imap_last_uid: 7 },
      },
    ],
    messages: [
      { pk: "p1", id: "m1", tenant_id: "shop", account_id: "main", priority: 1, payload: payload("one") },
      {
        pk: "p2",
        id: "m2",
        tenant_id: "shop",
        account_pk: "account-1",
        deferred_ts: PAST,
        payload: payload("two", {
          to: "a@example.net, b@example.net",
          from: undefined,
          from_addr: "Shop <shop@example.com>",
        }),
      },
      {
        pk: "p3",
        id: "m3",
        tenant_id: "shop",
        account_id: "main",
        deferred_ts: FUTURE,
        batch_code: "news",
        payload: payload("later"),
      },
      { pk: "p4", id: "m4", tenant_id: "shop", account_id: "main", smtp_ts: PAST, payload: payload("gone") },
      {
        pk: "p5",
        id: "m5",
        tenant_id: "shop",
        account_id: "main",
        payload: payload("file", {
          content_type: "html",
          body: "<b>file</b>",
          headers: { "X-Order": "7" },
          attachments: [{ filename: "a.txt", storage_path: "base64:aGVsbG8=", mime_type: null, auth: null }],
        }),
      },
    ],
    message_events: [{ message_pk: "p4", event_type: "sent", event_ts: PAST, reported_ts: null }],
  });
  const { code, stderr, report } = await take("--key", KEY.toString("base64"));
  expect(report).toEqual({
    dry_run: false,
    tenants: part(2),
    accounts: part(2),
    messages: part(4),
    unreported_events: 1,
  });
  expect([code, stderr]).toEqual([0, expect.stringContaining("genro-mail-proxy must be stopped before")]);
  expect(stderr).toContain("1 events there were not reported");

  expect(await json("tenants", "show", "shop")).toMatchObject({
    ...{ name: "Shop", client_base_url: "https://shop.example.com", client_sync_path: "/reports" },
    ...{ client_auth: { method: "bearer", has_token: true }, rate_limits: { minute: null, hour: 500, day: null } },
    ...{ large_file_config: { enabled: true, action: "warn", max_size_mb: 5 }, suspended_batches: ["july", "june"] },
    ...{ has_api_key: true, api_key_expires_at: Date.parse("2099-01-01T00:00:00Z") / 1000 },
  });
  expect(await json("tenants", "show", "closed")).toMatchObject({ active: false, has_api_key: false });
  expect(await json("shop", "accounts", "show", "main")).toMatchObject({
    ...{ user: "shop", has_password: true, tls: "none", ttl: 60, limit_per_minute: null, limit_per_hour: 900 },
    ...{ limit_behavior: "reject", batch_size: 20 },
  });
  expect(await json("shop", "accounts", "show", "pec")).toMatchObject({
    is_pec_account: true,
    has_imap_password: true,
  });
  expect(await json("shop", "messages", "show", "m3")).toMatchObject({
    status: "deferred",
    deferred_ts: FUTURE,
    batch_code: "news",
  });

  const proxy = start("start", "one", "--port", "0");
  const [, url = ""] = await proxy.printed(/is ready: (\S+)/);
  await server.until(() => server.messages.length === 3);
  const bySubject = new Map(server.messages.map((one) => [/^Subject: (.*)\r$/m.exec(one.wire)?.[1], one]));
  expect(bySubject.get("one")).toMatchObject({ from: "shop@example.com", recipients: ["a@example.net"] });
  expect(bySubject.get("two")).toMatchObject({
    from: "shop@example.com",
    recipients: ["a@example.net", "b@example.net"],
  });
  expect(bySubject.get("file")?.wire).toMatch(/X-Order: 7[\s\S]*<b>file<\/b>[\s\S]*a\.txt[\s\S]*aGVsbG8=/);
  const login = Buffer.from("\0shop\0hunter2").toString("base64");
  expect(server.lines.join("\n")).toContain(login);
  const listed = await fetch(`${url}/messages`, { headers: { "X-API-Token": "an application's key" } });
  expect(listed.status).toBe(200);
  expect((await run("stop", "one")).code).toBe(0);
});

test("an import that is repeated takes what is new and leaves alone what is here, also what was sent since", {
  timeout: 60_000,
}, async () => {
  const account = { host: "127.0.0.1", port: 1, use_tls: 0 };
  const { file, run, json, take } = withReference("newest", {
    tenants: [{ id: "shop", name: "Shop" }],
    accounts: [{ pk: "a1", id: "main", tenant_id: "shop", ...account }],
    messages: [{ pk: "p1", id: "m1", tenant_id: "shop", account_id: "main", payload: payload("one") }],
  });
  expect((await take()).report).toMatchObject({ messages: part(1) });
  await run("one", "tenants", "update", "shop", "--name", "Changed here");
  await run("one", "shop", "messages", "cancel", "m1");
  const driver = new Driver(file);
  driver.exec(`insert into messages (pk, id, tenant_id, account_id, payload)
    values ('p2', 'm2', 'shop', 'main', '${JSON.stringify(payload("two"))}')`);
  driver.close();
  const again = await take();
  expect(again.report).toMatchObject({
    tenants: part(0, { already_there: 1 }),
    accounts: part(0, { already_there: 1 }),
    messages: part(1, { already_there: 1 }),
  });
  expect(again.code).toBe(0);
  expect(await json("tenants", "show", "shop")).toMatchObject({ name: "Changed here" });
  expect(await json("shop", "messages", "list")).toMatchObject([
    { id: "m2", status: "pending" },
    { id: "m1", status: "canceled" },
  ]);
});

test.each([
  ["older", "acme", { tenants: [{ id: "acme" }] }, { tenant_id: "acme" }],
  ["oldest", "default", {}, {}],
] as const)("a database of the %s generation is read as well", async (generation, tenant, tenants, owner) => {
  const { json, take } = withReference(generation, {
    ...tenants,
    accounts: [{ id: "main", ...owner, host: "127.0.0.1", port: 1, use_tls: 1 }],
    messages: [
      { id: "waits", ...owner, account_id: "main", payload: payload("one") },
      { id: "sent", ...owner, account_id: "main", payload: payload("two"), sent_ts: PAST },
      { id: "failed", ...owner, account_id: "main", payload: payload("three"), error_ts: PAST, error: "550" },
    ],
  });
  const { code, report } = await take();
  expect([code, report]).toMatchObject([0, { tenants: part(1), accounts: part(1), messages: part(1) }]);
  expect(await json(tenant, "accounts", "list")).toMatchObject([{ id: "main", use_tls: true }]);
  expect(await json(tenant, "messages", "list")).toMatchObject([{ id: "waits" }]);
});

test("what cannot be taken is named with its reason, and keeps nothing else out", async () => {
  const { take, json } = withReference("newest", {
    tenants: [
      {
        id: "shop",
        client_base_url: "ftp://shop",
        rate_limits: { weekly: 5 },
        client_auth: "{broken",
        api_key_hash: "md5",
      },
      { id: "off", active: 0 },
      { id: "x".repeat(300) },
    ],
    accounts: [
      {
        pk: "a1",
        id: "main",
        tenant_id: "shop",
        host: "127.0.0.1",
        port: 1,
        user: "u",
        password: sealedBy(OTHER_KEY, "s3cret"),
      },
      { pk: "a2", id: "bad", tenant_id: "shop", host: "no host", port: 1 },
      { pk: "a3", id: "main", tenant_id: "off", host: "127.0.0.1", port: 1, ttl: -5 },
    ],
    messages: [
      { pk: "p1", id: "torn", tenant_id: "shop", account_id: "main", payload: '{"from": "a@' },
      { pk: "p2", id: "list", tenant_id: "shop", account_id: "main", payload: [1] },
      { pk: "p3", id: "nobody", tenant_id: "shop", account_id: "main", payload: payload("s", { to: "nobody" }) },
      { pk: "p4", id: "lost", tenant_id: "shop", account_id: "bad", payload: payload("s") },
      { pk: "p5", id: "idle", tenant_id: "off", account_id: "main", payload: payload("s") },
      { pk: "p6", id: "odd", tenant_id: "shop", account_id: "main", payload: payload("s", { colour: "red" }) },
      { pk: "p7", id: "good", tenant_id: "shop", account_id: "main", payload: payload("s") },
      {
        pk: "p8",
        id: "file",
        tenant_id: "shop",
        account_id: "main",
        payload: payload("s", { attachments: [{ filename: "f", storage_path: "/etc/passwd" }] }),
      },
    ],
  });
  const { code, stderr, report } = await take("--key", KEY.toString("base64"));
  expect(report.tenants).toEqual({
    taken: 2,
    already_there: 0,
    left_out: [{ id: "x".repeat(300), reason: "id: must have at most 255 characters" }],
    incomplete: [
      { id: "shop", reason: "client_auth: is no JSON object" },
      { id: "shop", reason: "rate_limits.weekly: is not known" },
      { id: "shop", reason: expect.stringContaining("client_base_url: ") },
      { id: "shop", reason: "its key: is not of a known form" },
    ],
  });
  expect(report.accounts).toEqual({
    taken: 2,
    already_there: 0,
    left_out: [{ id: "shop/bad", reason: "host: must be a host name or an address" }],
    incomplete: [
      { id: "shop/main", reason: "password: is sealed with another key" },
      { id: "off/main", reason: "ttl: must be at least 0" },
    ],
  });
  expect(report.messages).toEqual({
    taken: 1,
    already_there: 0,
    left_out: [
      { id: "shop/torn", reason: "payload: is no JSON object" },
      { id: "shop/list", reason: "payload: is no JSON object" },
      { id: "shop/nobody", reason: expect.stringContaining("is not an address") },
      { id: "shop/lost", reason: "tenant shop has no account bad" },
      { id: "shop/odd", reason: "colour: unknown field" },
      { id: "shop/file", reason: expect.stringContaining("no folder for attachments is open") },
      { id: "off/idle", reason: "tenant off is not active" },
    ],
    incomplete: [],
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining("not all of it could be taken as it is")]);
  expect(JSON.stringify(report) + stderr).not.toContain("s3cret");
  // What was left out is reported to no application as failed: it can still be put right there.
  expect(await json("shop", "messages", "list")).toMatchObject([{ id: "good" }]);
});

test("a dry run tells the same, and saves nothing; one tenant alone can be taken, and without its messages", {
  timeout: 60_000,
}, async () => {
  const { home, run, json, take } = withReference("newest", {
    tenants: [{ id: "shop" }, { id: "crm" }],
    accounts: ["shop", "crm"].map((tenant_id) => ({
      pk: tenant_id,
      id: "main",
      tenant_id,
      host: "127.0.0.1",
      port: 1,
    })),
    messages: ["shop", "crm"].map((tenant_id) => ({
      pk: tenant_id,
      id: "m",
      tenant_id,
      account_id: "main",
      payload: payload("s"),
    })),
  });
  const before = readFileSync(join(home, "old.db"));
  const dry = await take("--dry-run");
  expect(dry).toMatchObject({
    code: 0,
    report: { dry_run: true, tenants: part(2), accounts: part(2), messages: part(2) },
  });
  expect(await json("tenants", "list")).toEqual([]);
  const first = await take("--tenant", "crm", "--no-messages");
  expect(first).toMatchObject({
    code: 0,
    stderr: "",
    report: { tenants: part(1), accounts: part(1), messages: part(0) },
  });
  const second = await take("--tenant", "crm", "--dry-run");
  expect(second.report).toMatchObject({ tenants: part(0, { already_there: 1 }), messages: part(1) });
  expect(await json("tenants", "list")).toMatchObject([{ id: "crm" }]);
  const table = await run("one", "import-genro", "old.db");
  expect(table).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^KIND +TAKEN +ALREADY_THERE[\s\S]*^messages +2 +0/m),
  });
  expect(readFileSync(join(home, "old.db"))).toEqual(before);
  expect(readdirSync(home).filter((name) => name.startsWith("old.db"))).toEqual(["old.db"]);
});

test("a database that is written at this moment is read as it is committed", async () => {
  const { file, take } = withReference("newest", { tenants: [{ id: "shop" }] });
  const writer = new Driver(file);
  writer.exec("pragma journal_mode = wal");
  writer.exec("insert into tenants (id) values ('crm')");
  writer.exec("begin immediate; insert into tenants (id) values ('not committed')");
  expect((await take()).report.tenants).toEqual(part(2));
  writer.exec("rollback");
  writer.close();
});

const OWN_KEY = Buffer.alloc(32, 7);

test.each([
  ["standard input", KEY, ["--key", "-"], `${KEY.toString("base64")}\n`],
  ["a file, as 32 bytes", KEY, ["--key-file", "raw.key"], ""],
  ["a file, as text", KEY, ["--key-file", "text.key"], ""],
  ["the instance's own", OWN_KEY, [], ""],
])("the key of the secrets comes from %s", async (_, key, flags, input) => {
  const { home, runWith } = commandLineWithInstance({ MAIL_PROXY_ENCRYPTION_KEY: OWN_KEY.toString("base64") });
  writeFileSync(join(home, "raw.key"), KEY);
  writeFileSync(join(home, "text.key"), `${KEY.toString("base64")}\n`);
  referenceDatabase(join(home, "old.db"), "newest", {
    tenants: [{ id: "shop" }],
    accounts: [{ pk: "a", id: "main", tenant_id: "shop", host: "h", port: 1, user: "u", password: sealedBy(key, "p") }],
  });
  const ended = await runWith(input, "one", "import-genro", "old.db", "--json", ...flags);
  expect(JSON.parse(ended.stdout).accounts).toEqual(part(1));
});

test("a wrong file, a wrong key and a missing file are told, and make no instance's data", {
  timeout: 60_000,
}, async () => {
  const { home, run } = withReference("newest", {});
  writeFileSync(join(home, "text.db"), "this is no database, however long it is".repeat(50));
  new Driver(join(home, "other.db")).exec("create table t (x)");
  const told = async (...args: string[]) => {
    const { code, stderr } = await run("one", "import-genro", ...args);
    return [code, stderr];
  };
  expect(await told("text.db")).toEqual([1, expect.stringContaining("cannot read text.db")]);
  expect(await told("none.db")).toEqual([1, expect.stringContaining("cannot read none.db")]);
  expect(await told("other.db")).toEqual([1, expect.stringContaining("no database of genro-mail-proxy")]);
  await run("migrate", "one");
  expect(await told(join("one", "queue.db"))).toEqual([1, expect.stringContaining("no database of genro-mail-proxy")]);
  expect(await told("old.db", "--key", "c2hvcnQ=")).toEqual([2, expect.stringContaining("--key must be the key")]);
  expect(await told("old.db", "--tenant", "shopp")).toEqual([1, expect.stringContaining("there is no tenant shopp")]);
  expect(await told()).toEqual([2, expect.stringContaining("the file is missing")]);
  expect(readdirSync(home)).not.toContain("none.db");
});

test("an import whose process is killed goes on where it was, in the order in which the mail came", {
  timeout: 60_000,
}, async () => {
  const messages = Array.from({ length: 1_000 }, (_, n) => ({
    ...{ pk: `p${n}`, id: `m${n}`, tenant_id: "shop", account_id: "main", payload: payload(`s${n}`) },
  }));
  const { core, start, take } = withReference("newest", {
    tenants: [{ id: "shop" }],
    accounts: [{ pk: "a1", id: "main", tenant_id: "shop", host: "127.0.0.1", port: 1 }],
    messages,
  });
  const { before, after } = await core(async ({ db }) => {
    const stored = async () =>
      (await rows<{ id: string }>(db, "select id from messages order by seq")).map(({ id }) => id);
    const killed = start("one", "import-genro", "old.db");
    let isOver = false;
    void killed.ended.then(() => {
      isOver = true;
    });
    while (!isOver && (await stored()).length === 0) await pause(5);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const before = (await stored()).length;
    expect((await take()).report.messages).toEqual(part(1_000 - before, { already_there: before }));
    return { before, after: await stored() };
  });
  expect(before).toBeLessThan(1_000);
  expect(after).toEqual(messages.map(({ id }) => id));
});

test("a tenant that was saved when an import broke off gets its key by the next one, but not one whose key was revoked here", async () => {
  const key = "an application's key";
  const { core, json, take } = withReference("newest", {
    tenants: [{ id: "shop", api_key_hash: hashOf(key) }],
  });
  const keyOf = () =>
    core(
      async ({ db }) => (await rows<{ hash: string | null }>(db, "select api_key_hash as hash from tenants"))[0]?.hash,
    );
  await core(({ db }) =>
    db.client.execute(`create trigger broken before update of api_key_hash on tenants
      begin select raise(abort, 'the disk is full'); end`),
  );
  expect(await take()).toMatchObject({ code: 1, stderr: expect.stringContaining("the import can be repeated") });
  expect(await json("tenants", "list")).toMatchObject([{ id: "shop" }]);
  expect(await keyOf()).toBeNull();
  await core(({ db }) => db.client.execute("drop trigger broken"));
  expect(await take("--dry-run")).toMatchObject({ code: 0 });
  expect(await keyOf()).toBeNull();
  expect((await take()).report.tenants).toEqual(part(0, { already_there: 1 }));
  expect(await keyOf()).toBe(hashOf(key));
  await core(({ db, ports }) => revokeApiKey(db, "shop", ports.now()));
  expect((await take()).code).toBe(0);
  expect(await keyOf()).toBeNull();
});

test("mail that was sent so long ago that it is forgotten here does not go again, unless somebody says so", async () => {
  const { core, take } = withReference("newest", {
    tenants: [{ id: "shop" }],
    accounts: [{ pk: "a1", id: "main", tenant_id: "shop", host: "127.0.0.1", port: 1 }],
    messages: [{ pk: "p1", id: "m1", tenant_id: "shop", account_id: "main", payload: payload("one") }],
  });
  expect((await take()).report.messages).toEqual(part(1));
  await core(({ db }) => db.client.batch(["delete from messages", "delete from backlog"], "write"));
  expect((await take()).report.messages).toEqual(part(1)); // within that time whoever deletes one means to have it again
  await core(async ({ db, ports }) => {
    await db.client.batch(["delete from messages", "delete from backlog"], "write");
    const args = { longAgo: ports.now() - 8 * 86_400_000 };
    await db.client.execute({ sql: "update instance set value = :longAgo where key = 'takeover:shop'", args });
  });
  const late = await take();
  const left_out = [{ id: "shop/m1", reason: expect.stringContaining("what was sent since is not kept any more") }];
  expect([late.code, late.report.messages]).toEqual([1, part(0, { left_out })]);
  expect((await take("--again")).report.messages).toEqual(part(1));
});

test("the commands of its page move an instance as they stand there", { timeout: 60_000 }, async () => {
  const server = await startSmtpServer();
  const { home, run } = withReference("newest", {
    tenants: [{ id: "acme", api_key_hash: hashOf("an application's key") }],
    accounts: [
      ...[{ pk: "a1", id: "main", tenant_id: "acme", host: "127.0.0.1", port: server.port, use_tls: 0 }],
      ...[
        {
          pk: "a2",
          id: "relay",
          tenant_id: "acme",
          host: "127.0.0.1",
          port: 1,
          user: "u",
          password: sealedBy(KEY, "p"),
        },
      ],
    ],
    messages: [{ pk: "p1", id: "m1", tenant_id: "acme", account_id: "main", payload: payload("one") }],
  });
  renameSync(join(home, "old.db"), join(home, "mail_service.db"));
  writeFileSync(join(home, "encryption_key"), KEY);
  const program = programWith([]).map((word) => `'${word}'`);
  writeFileSync(join(home, "mail-proxy"), `#!/bin/sh\nexec ${program.join(" ")} "$@"\n`, { mode: 0o755 });
  const [first = "", tried = "", last = "", sealed = ""] = blocks("docs/from-genro-mail-proxy.md", "sh");
  const type = async (commands: string) => {
    const typed = commands.replace("start mine", "start mine --port 0");
    return startCommand(["bash", "-c", `export PATH="${home}:$PATH"\n${typed}`], home, {}).ended;
  };
  onTestFinished(async () => void (await run("stop", "mine")));
  expect(await type(first)).toMatchObject({ code: 1, stdout: expect.stringMatching(/acme\/relay +incomplete/) });
  expect(await type(tried)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ehlo +ok/m) });
  expect(server.messages).toEqual([]);
  expect(await type(sealed)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^accounts +0 +2 +0 +0/m) });
  expect(await type(last)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^messages +1 +0 +0 +0/m) });
  await server.until(() => server.messages.length === 1);
});
