import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { database, rows } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/runtimes/database.ts";
import { generateKey } from "../../src/security/vault.ts";
import { freePort } from "../support/free-port.ts";
import { mountSmallDisk } from "../support/small-disk.ts";
import { startSqld } from "../support/sqld.ts";
import { examined, instanceWithDoctor } from "./doctor.ts";
import { commandLine, commandLineWithInstance } from "./program.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url));
/** Of SQLite's files, in bytes. */
const PAGE = 4096;
const LATER = ["accounts", "endpoints", "webhooks", "mailboxes", "queue", "domains", "clock"];

test("a running instance in order is all right, is examined beside its process, and stays as it is", async () => {
  const { start, doctor, instance, addAccount, run } = await instanceWithDoctor();
  await addAccount("main", await freePort());
  await run("one", "shop", "accounts", "update", "main", "--suppress-send");
  const { printed } = start("start", "one", "--port", "0");
  const [, url] = await printed(/is ready: (\S+)/);
  const file = join(instance.folder, "queue.db");
  chmodSync(file, 0o600); // the test's own process has made it
  const before = { hash: hashOf(file), files: readdirSync(instance.folder) };
  const { code, findings, one } = await doctor();
  expect(findings.filter(({ state }) => state === "failed" || state === "warning")).toEqual([]);
  expect(code).toBe(0);
  expect(one(/HTTP port \d+: answers and is well/).subject).toBe(`HTTP port ${new URL(url!).port}`);
  expect(one(/^process \d+: runs for .* as version /)).toMatchObject({ check: "process", state: "ok" });
  expect(one(/content: .*looked through and whole/).check).toBe("database");
  expect(one(/opens what is sealed in the database/)).toMatchObject({ check: "key", state: "ok" });
  expect({ hash: hashOf(file), files: readdirSync(instance.folder) }).toEqual(before);
});

test("what is told to a person is a line each with its advice below, and a count at the end", async () => {
  const { run } = await instanceWithDoctor();
  const { code, stdout, stderr } = await run("one", "doctor", "--only", "process,queue");
  expect(stdout).toBe(
    [
      "warning  process    process: none is known on this machine, so nothing is taken in or sent",
      "                    -> start it with: mail-proxy start one",
      "ok       queue      waiting: 0 ready; 0 later, 0 suspended, 0 being sent",
      "",
      "1 ok, 1 to look at, 0 failed, 0 skipped",
      "",
    ].join("\n"),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("where nothing was ever started, that is told, and nothing is made", async () => {
  const { home } = commandLine();
  const { code, findings } = await examined(home, {}, ["doctor"]);
  expect(code).toBe(0);
  expect(findings.find(({ check }) => check === "database")).toMatchObject({
    state: "warning",
    text: "there is none yet",
  });
  expect(findings.filter(({ check }) => LATER.includes(check)).map(({ state }) => state)).toEqual(
    LATER.map(() => "skipped"),
  );
  expect(readdirSync(home).filter((name) => !name.startsWith("."))).toEqual([]);
});

test("a file that is damaged, and one that is no database, are findings and no stack traces", async () => {
  const { instance, core, doctor } = await instanceWithDoctor();
  const path = join(instance.folder, "queue.db");
  const [root] = await core(({ db }) =>
    rows<{ rootpage: number }>(db, "select rootpage from sqlite_master where name = 'payloads'"),
  );
  const file = openSync(path, "r+");
  const spoil = (page: number) => writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, PAGE * (page - 1));
  spoil(root!.rootpage);
  const damaged = await doctor("--only", "database");
  expect(damaged.one(/^content: it is damaged/)).toMatchObject({
    state: "failed",
    advice: expect.stringContaining("backup"),
  });
  expect(damaged.code).toBe(1);
  for (let page = 2; page < 40; page++) spoil(page);
  closeSync(file);
  const shattered = await doctor("--only", "queue");
  expect(shattered.one(/malformed/)).toMatchObject({ state: "failed", advice: expect.stringContaining("backup") });
  writeFileSync(path, "not a database. ".repeat(1_000));
  const foreign = await doctor("--only", "queue");
  expect(foreign.one(/not a database/)).toMatchObject({ check: "database", state: "failed" });
  expect(foreign.of("queue")).toEqual(["skipped queue: the database must be there first"]);
  expect(foreign.code).toBe(1);
});

test("a database of an older version and one of a newer are told apart, and neither is changed", async () => {
  const { core, doctor } = await instanceWithDoctor();
  await core(({ db }) => rows(db, "insert into migrations (name, applied_at) values ('9999_to_come', 0)"));
  const newer = await doctor("--only", "database,queue");
  expect(newer.one(/^schema: a newer version has added 9999_to_come/)).toMatchObject({ state: "warning" });
  expect(newer.of("queue")).toHaveLength(1);
  expect(newer.one(/^waiting: /).state).toBe("ok");

  const older = commandLineWithInstance();
  const client = await openDatabase({
    url: `file:${join(older.home, "one", "queue.db")}`,
    token: undefined,
    synchronous: "NORMAL",
  });
  const db = database(client);
  await migrate(db, 0);
  await rows(db, "delete from migrations where name = '0008_see_it'");
  const { one, of, code } = await examined(older.home, {}, ["one", "doctor", "--only", "database,queue"]);
  expect(one(/^schema: 1 migration not applied yet: 0008_see_it/)).toMatchObject({
    state: "warning",
    advice: expect.stringContaining("mail-proxy migrate one"),
  });
  expect(of("queue")).toEqual(["skipped queue: the database must be brought up to date first"]);
  expect(code).toBe(0);
  expect(await rows(db, "select 1 from migrations where name = '0008_see_it'")).toEqual([]);
  client.close();
});

test("a check that cannot be made is a finding, and the others are made", async () => {
  const { core, doctor } = await instanceWithDoctor();
  await core(({ db }) => rows(db, "drop table backlog"));
  const { of, code } = await doctor("--only", "accounts,queue");
  expect(of("queue").every((text) => /^failed queue: could not be looked at: .*no such table/.test(text))).toBe(true);
  expect(of("accounts")).toEqual(["skipped accounts: there are none yet"]);
  expect(code).toBe(1);
});

test("another program's database is not taken for an empty one", async () => {
  const { home } = commandLineWithInstance();
  const client = await openDatabase({
    url: `file:${join(home, "one", "queue.db")}`,
    token: undefined,
    synchronous: "NORMAL",
  });
  await client.execute("create table invoices (id integer)");
  client.close();
  const { one, code } = await examined(home, {}, ["one", "doctor", "--only", "database"]);
  expect(one(/^schema: it is another program's database/).state).toBe("failed");
  expect(code).toBe(1);
});

test("a wrong key is found, one that is gone too, and none of them is told", async () => {
  const { home, instance } = await instanceWithDoctor();
  const wrong = generateKey();
  const given = await examined(home, { MAIL_PROXY_ENCRYPTION_KEY: wrong }, ["one", "doctor", "--only", "accounts"]);
  expect(given.one(/does not open what is sealed/)).toMatchObject({ check: "key", state: "failed" });
  expect(given.stdout).not.toContain(wrong);
  const none = await examined(home, { MAIL_PROXY_ENCRYPTION_KEY: "hunter2" }, ["one", "doctor", "--only", "key"]);
  expect(none.findings).toMatchObject([{ check: "key", state: "failed" }]);
  expect(none.stdout).not.toContain("hunter2");
  const file = join(instance.folder, "encryption.key");
  chmodSync(file, 0o644);
  const open = await examined(home, {}, ["one", "doctor", "--only", "key"]);
  expect(open.one(/others may read it \(644\)/)).toMatchObject({ state: "warning", advice: `chmod 600 ${file}` });
});

test("a database server that is not there is found in time, without a secret of its URL", async () => {
  const port = await freePort();
  const { home } = commandLineWithInstance();
  const environment = {
    MAIL_PROXY_DATABASE_URL: `http://127.0.0.1:${port}/?authToken=hunter2`,
    MAIL_PROXY_DATABASE_TOKEN: "hunter3",
  };
  const { one, stdout, code } = await examined(home, environment, ["one", "doctor", "--timeout", "2"]);
  expect(one(/cannot be reached|broke off|does not answer/)).toMatchObject({ check: "database", state: "failed" });
  expect(one(/^encryption key: there is none, and for a remote database none is made/).state).toBe("failed");
  expect(stdout).not.toMatch(/hunter/);
  expect(code).toBe(1);
});

test("a database server is examined like a file, and tells the time", async ({ skip }) => {
  const server = await startSqld();
  if ("unavailable" in server) return skip(server.unavailable);
  const { home } = commandLineWithInstance();
  const client = await openDatabase({ url: server.url, token: undefined, synchronous: "NORMAL" });
  await migrate(database(client), 0);
  client.close();
  const environment = { MAIL_PROXY_DATABASE_URL: server.url, MAIL_PROXY_ENCRYPTION_KEY: generateKey() };
  const { of, code } = await examined(home, environment, ["one", "doctor", "--only", "database,clock"]);
  expect(of("database")).toEqual([
    expect.stringMatching(/^ok http.*answers within/),
    "ok schema: up to date (0008_see_it)",
  ]);
  expect(of("clock")).toContain("ok database server: agrees with this machine's clock, to half a minute");
  expect(code).toBe(0);
});

test("settings that nobody can work by are told one by one, with exit code 1", async () => {
  const { home } = commandLineWithInstance();
  const bad = await examined(home, { MAIL_PROXY_PORT: "high" }, ["one", "doctor"]);
  expect(bad.one(/MAIL_PROXY_PORT is "high", but must be/)).toMatchObject({ check: "settings", state: "failed" });
  expect(bad.code).toBe(1);
  const environment = {
    ...{ MAIL_PROXY_SMTP_PORT: "8000", MAIL_PROXY_PUBLIC_URL: "http://mail.example.com", MAIL_PROXY_PROT: "1" },
    ...{ MAIL_PROXY_SMTP_TLS_CERT: fixture("expired"), MAIL_PROXY_SMTP_TLS_KEY: fixture("expired.key") },
  };
  const { of, code } = await examined(home, environment, ["one", "doctor", "--only", "settings"]);
  expect(of("settings")).toEqual([
    expect.stringMatching(/^warning MAIL_PROXY_PROT.*PORT.*: is no setting/),
    "failed ports: MAIL_PROXY_PORT and MAIL_PROXY_SMTP_PORT are both 8000",
    expect.stringMatching(/^warning public URL: it is http/),
    expect.stringMatching(/^failed TLS certificate: the certificate expired on \d{4}-/),
  ]);
  expect(code).toBe(1);
  const keyless = { MAIL_PROXY_SMTP_TLS_CERT: fixture("localhost"), MAIL_PROXY_SMTP_TLS_KEY: fixture("elsewhere.key") };
  const other = await examined(home, keyless, ["one", "doctor", "--only", "settings"]);
  expect(other.one(/are no certificate and its key/).state).toBe("failed");
});

test("a port that somebody else has is told with who has it", async () => {
  const { home } = commandLineWithInstance();
  const server = createServer((socket) => socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { findings, code } = await examined(home, { MAIL_PROXY_PORT: String(port) }, [
    "one",
    "doctor",
    "--only",
    "ports",
  ]);
  server.close();
  const who =
    process.platform === "linux" ? new RegExp(`^taken by .* \\(process ${process.pid}\\), which is not`) : /^taken by/;
  expect(findings).toMatchObject([{ subject: `HTTP port ${port}`, state: "failed", text: expect.stringMatching(who) }]);
  expect(code).toBe(1);
});

test("a disk that is almost full is found before it is", async ({ skip }) => {
  const disk = await mountSmallDisk(8);
  if ("unavailable" in disk) return skip(disk.unavailable);
  mkdirSync(join(disk.folder, "one"));
  const { one, code } = await examined(disk.folder, {}, ["one", "doctor", "--only", "disk"]);
  expect(one(/^folder of the database: only \d\.\d MiB free/).state).toBe("failed");
  expect(code).toBe(1);
});

test("a check that there is none of is a usage error, with the one that was meant", async () => {
  const { run } = commandLineWithInstance();
  expect(await run("one", "doctor", "--only", "acounts")).toMatchObject({
    code: 2,
    stderr: "mail-proxy: there is no check acounts (did you mean accounts?)\n",
  });
  expect(await run("one", "doctor", "--timeout", "soon")).toMatchObject({ code: 2 });
});

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
