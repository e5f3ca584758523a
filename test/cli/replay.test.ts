import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decide } from "../../src/cli/replay/decide.ts";
import { readLine } from "../../src/cli/replay/line.ts";
import { commandLine, commandLineWithInstance } from "./program.ts";

const line = (endpoint: string, payload: unknown, more: object = {}) =>
  JSON.stringify({
    id: 1,
    command_ts: 0,
    endpoint,
    tenant_id: null,
    payload,
    status: 200,
    result: { ok: true },
    ...more,
  });

const TENANT = line("POST /tenant", { id: "acme", name: "Acme" });
const ACCOUNT = line("POST /account", { tenant_id: "acme", id: "main", host: "127.0.0.1", port: 2525 });
const message = (id: string) => ({ id, from: "a@example.com", to: "b@example.net", subject: id, text: "x" });
const MESSAGES = line(
  "POST /commands/add-messages",
  { messages: [message("m1"), message("m2")] },
  { tenant_id: "acme" },
);

function withExport(...lines: string[]) {
  const run = commandLineWithInstance();
  writeFileSync(join(run.home, "log.jsonl"), `${lines.join("\n")}\n`);
  const listed = async (...words: string[]) => JSON.parse((await run.run("one", ...words, "--json")).stdout);
  return { ...run, listed };
}

test("what an instance was asked is asked of another one, in order, and can be asked again", async () => {
  const { run, listed } = withExport(
    TENANT,
    ACCOUNT,
    MESSAGES,
    line("POST /commands/suspend", null, { tenant_id: "acme" }),
  );
  const first = await run("one", "replay", "log.jsonl");
  expect(first).toEqual({ code: 0, stdout: "replayed 4, skipped 0, failed 0\n", stderr: "" });
  expect(await listed("tenants", "show", "acme")).toMatchObject({ name: "Acme", suspended_batches: ["*"] });
  expect(await listed("acme", "messages", "list")).toMatchObject([{ id: "m2" }, { id: "m1" }]);
  expect(await run("one", "replay", "log.jsonl")).toEqual(first);
  expect(await listed("acme", "messages", "list")).toHaveLength(2);
});

test("what a running server exports is replayed as it is, and what it has masked is skipped by name", async () => {
  const { home, run, start } = commandLine();
  const proxy = start("start", "old", "--sandbox", "--port", "0");
  const [, url, token = ""] = await proxy.printed(/inbox {2}(http:\S+)\/dashboard\/inbox#token=(\S+)/);
  const call = (method: string, path: string, body?: object) =>
    fetch(`${url}${path}`, {
      method,
      headers: { "X-API-Token": token, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
  await call("POST", "/tenant", { id: "acme" });
  await call("POST", "/account", { tenant_id: "acme", id: "main", host: "127.0.0.1", user: "u", password: "hunter2" });
  await call("POST", "/account", { tenant_id: "acme", id: "open", host: "127.0.0.1" });
  await call("POST", "/account", { tenant_id: "acme", id: "wrong", hosst: "127.0.0.1" });
  await call("POST", "/tenant/acme/api-key");
  await call("POST", "/commands/run-now");
  await call("POST", "/commands/add-messages", { messages: [{ ...message("m1"), tenant_id: "default" }] });
  const status = async () => (await (await call("GET", "/messages/m1")).json()).status;
  await expect.poll(status, { timeout: 15_000 }).toBe("sent");
  writeFileSync(join(home, "log.jsonl"), await (await call("GET", "/command-log/export")).text());

  const lastAgain = await run("old", "replay", "log.jsonl", "--from-line", "7");
  expect(lastAgain).toEqual({ code: 0, stdout: "replayed 1, skipped 0, failed 0\n", stderr: "" }); // already sent

  await run("migrate", "new");
  const replayed = await run("new", "replay", "log.jsonl", "--continue-on-error");
  expect(replayed).toMatchObject({ code: 1, stdout: "replayed 2, skipped 4, failed 1\n" });
  expect(replayed.stderr.trimEnd().split("\n")).toEqual([
    "line 2: POST /account is skipped: the log has not kept password",
    "line 4: POST /account is skipped: it was refused (422), and of such a call the log keeps no fields",
    "line 5: POST /tenant/acme/api-key is skipped: it makes a new key, which nobody would see",
    "line 6: POST /commands/run-now is skipped: it asks a running server for something",
    "line 7: POST /commands/add-messages failed: m1: there is no tenant default",
    "mail-proxy: one call failed",
  ]);
  writeFileSync(join(home, "secrets.json"), JSON.stringify({ "main.password": "hunter2" }));
  await run("new", "replay", "log.jsonl", "--secrets", "secrets.json", "--continue-on-error");
  const accounts = JSON.parse((await run("new", "acme", "accounts", "list", "--json")).stdout);
  expect(accounts).toMatchObject([
    { id: "main", has_password: true },
    { id: "open", has_password: false },
  ]);
});

test("a message that was not taken at the first time stops nothing when it is not taken again", async () => {
  const messages = { messages: [message("m1"), { ...message("m2"), to: "bob" }] };
  const rejecting = (...ids: (string | null)[]) =>
    line("POST /commands/add-messages", messages, {
      tenant_id: "acme",
      result: { ok: true, rejected: ids.map((id) => ({ id, reason: "to: is no address" })) },
    });
  const { run } = withExport(TENANT, ACCOUNT, rejecting("m2", null), rejecting("m1"));
  expect(await run("one", "replay", "log.jsonl")).toMatchObject({
    code: 1,
    stdout: "replayed 3, skipped 0, failed 1\n",
    stderr: expect.stringMatching(/^line 4: POST \/commands\/add-messages failed: m2: to: /),
  });
});

test("a failure ends it with the line to go on from, unless it shall go on", async () => {
  const { run, listed } = withExport(TENANT, line("DELETE /tenant/nobody", null), "no JSON", ACCOUNT);
  expect(await run("one", "replay", "log.jsonl")).toMatchObject({
    code: 1,
    stdout: "replayed 1, skipped 0, failed 1\n",
    stderr: expect.stringMatching(/^line 2: DELETE \/tenant\/nobody failed: .*nobody\n.*--from-line 2/),
  });
  const rest = await run("one", "replay", "log.jsonl", "--from-line", "3", "--continue-on-error");
  expect(rest).toMatchObject({
    code: 1,
    stdout: "replayed 1, skipped 0, failed 1\n",
    stderr: "line 3: it is no line of a command log's export\nmail-proxy: one call failed\n",
  });
  expect(await listed("acme", "accounts", "list")).toHaveLength(1);
});

test("a message that is rejected for another reason than before is a failure", async () => {
  const { run } = withExport(TENANT, MESSAGES);
  const { code, stderr } = await run("one", "replay", "log.jsonl");
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("m1: tenant acme has no account"),
  });
});

test("a dry run tells what would be done, and does nothing", async () => {
  const { runWith, listed } = withExport();
  const { stdout } = await runWith(`${TENANT}\n\n${ACCOUNT}\n`, "one", "replay", "-", "--dry-run");
  expect(stdout).toBe("line 1: POST /tenant\nline 3: POST /account\nwould replay 2, skipped 0, failed 0\n");
  expect(await listed("tenants", "list")).toEqual([]);
});

test.each([
  ["a file that is none", ["missing"], 1, "cannot read missing"],
  ["a line number that is none", ["log.jsonl", "--from-line", "0"], 2, "--from-line must be"],
  ["secrets that are none", ["log.jsonl", "--secrets", "missing"], 2, "there is no file missing"],
])("%s is told in a sentence", async (_, words, code, told) => {
  const { run } = withExport(TENANT);
  expect(await run("one", "replay", ...words)).toMatchObject({ code, stderr: expect.stringContaining(told) });
});

const decided = (text: string, secrets: Record<string, string> = {}) =>
  decide(readLine(text) ?? expect.fail("no line"), new Map(Object.entries(secrets)));

test.each<[string, string, Record<string, string>, unknown]>([
  [
    "a secret inside is filled in by its path",
    line("POST /tenant", { id: "a", client_auth: { method: "bearer", token: "********" } }),
    { "client_auth.token": "t" },
    { method: "POST", path: "/tenant", body: { id: "a", client_auth: { method: "bearer", token: "t" } } },
  ],
  [
    "that of the body's own id comes first",
    line("POST /account", { id: "main", password: "********" }),
    { password: "any", "main.password": "own" },
    { method: "POST", path: "/account", body: { id: "main", password: "own" } },
  ],
  [
    "a content that was not kept is named",
    line("POST /commands/add-messages", { messages: [{ attachments: [{ storage_path: "(base64, about 9 bytes)" }] }] }),
    {},
    { skipped: "the log has not kept messages[0].attachments[0].storage_path" },
  ],
  [
    "a body that was too long is named",
    line("POST /commands/add-messages", { omitted: "70000 characters" }),
    {},
    { skipped: "its body was too long for the log (70000 characters)" },
  ],
  [
    "a tenant's own call names its tenant in the query string",
    line("POST /messages/m%201/retry", null, { tenant_id: "a b" }),
    {},
    { method: "POST", path: "/messages/m%201/retry?tenant_id=a%20b", body: undefined },
  ],
  [
    "where it names it already, it stays",
    line("DELETE /account/x?tenant_id=a&force=true", null, { tenant_id: "a" }),
    {},
    { method: "DELETE", path: "/account/x?tenant_id=a&force=true", body: undefined },
  ],
  [
    "a tenant that came with a key comes without one",
    line("POST /tenants/add", { id: "a" }, { tenant_id: "a" }),
    {},
    { method: "POST", path: "/tenant", body: { id: "a" } },
  ],
  [
    "a tenant's own call by another name says its tenant in the body",
    line("POST /messages/delete_batch", { ids: ["m"] }, { tenant_id: "a" }),
    {},
    { method: "POST", path: "/messages/delete_batch", body: { tenant_id: "a", ids: ["m"] } },
  ],
  [
    "a webhook is not made by itself, since nobody would see its secret",
    line("POST /webhooks", { endpoint: "https://shop.example.com" }, { tenant_id: "a" }),
    {},
    { skipped: "it makes a new secret, which nobody would see" },
  ],
  [
    "a change of a webhook is skipped, since another instance knows it by another id",
    line("PATCH /webhooks/0b2f5a0e", { status: "disabled" }, { tenant_id: "a" }),
    {},
    { skipped: "it is about a webhook of the instance that was asked" },
  ],
  [
    "an email is not sent by itself, since it would be another one each time",
    line("POST /emails", message("m1"), { tenant_id: "a" }),
    {},
    { skipped: "it has no id of its own, and what was sent by it would be sent again" },
  ],
  [
    "nor are several of them",
    line("POST /emails/batch?tenant_id=a", [message("m1")]),
    {},
    { skipped: "it has no id of its own, and what was sent by it would be sent again" },
  ],
  [
    "a change of an email is skipped where the instance has given it its id",
    line("PATCH /emails/01997f0e-8d2b-7cc1-a0e6-2f4c3a1b5d6e", { scheduled_at: "in 1 hour" }, { tenant_id: "a" }),
    {},
    { skipped: "it is about an email of the instance that was asked" },
  ],
  [
    "an email is put off under the id that its application has chosen",
    line("PATCH /emails/order-1", { scheduled_at: "2030-01-01T00:00:00Z" }, { tenant_id: "a" }),
    {},
    { method: "PATCH", path: "/emails/order-1?tenant_id=a", body: { scheduled_at: "2030-01-01T00:00:00Z" } },
  ],
  [
    "and canceled under it",
    line("POST /emails/order-1/cancel", null, { tenant_id: "a" }),
    {},
    { method: "POST", path: "/emails/order-1/cancel?tenant_id=a", body: undefined },
  ],
  [
    "a path with a secret is skipped",
    line("POST /commands/x?token=********", {}),
    {},
    { skipped: "its path holds a secret" },
  ],
])("%s", (_, text, secrets, decision) => {
  expect(decided(text, secrets)).toEqual(decision);
});

test.each(["", "[]", "{}", '{"endpoint":"GET /x","status":200}', '{"endpoint":"POST x","status":200}'])(
  "%j is no line of an export",
  (text) => {
    expect(readLine(text)).toBeUndefined();
  },
);
