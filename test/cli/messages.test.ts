import { expect, test } from "vitest";
import { MessageQuery } from "../../src/api/schemas/queries.ts";
import { startSink } from "../support/counting-sink.ts";
import { commandLineWithTenant } from "./instance.ts";

const LATER = 4_000_000_000;

async function withMessages() {
  const line = await commandLineWithTenant();
  await line.addAccount("main", 25);
  await line.addAccount("other", 25);
  await line.add(
    { id: "a", account_id: "main", deferred_ts: LATER, batch_code: "may" },
    { id: "b", account_id: "other", to: "ann@example.com, bob@example.com", subject: "\u001b]0;x\u0007=1+1" },
    { id: "c", account_id: "main", batch_code: "may" },
  );
  const ids = async (...args: string[]) =>
    (await line.json("one", "shop", "messages", "list", ...args)).map(({ id }: { id: string }) => id);
  return { ...line, ids };
}

test("messages are found by every filter of the API", async () => {
  const { ids, run, call } = await withMessages();
  expect(await ids()).toEqual(["c", "b", "a"]);
  expect(await ids("--status", "deferred")).toEqual(["a"]);
  expect(await ids("--batch", "may")).toEqual(["c", "a"]);
  expect(await ids("--account", "other")).toEqual(["b"]);
  expect(await ids("--q", "ann@")).toEqual(["b"]);
  expect(await ids("--since", "2999-01-01")).toEqual([]);
  expect(await ids("--until", "2999-01-01", "--limit", "2")).toEqual(["c", "b"]);
  const { stderr } = await run("one", "shop", "messages", "list", "--limit", "2");
  const [, cursor = ""] = /--cursor (\d+)/.exec(stderr) ?? [];
  expect(await ids("--limit", "2", "--cursor", cursor)).toEqual(["a"]);
  await call("POST", "/messages/c/cancel", { query: { tenant_id: "shop" } });
  expect(await ids("--active-only")).toEqual(["b", "a"]);
});

test("no filter of the API is missing on the command line", async () => {
  const { stdout } = await (await commandLineWithTenant()).run("one", "shop", "messages", "list", "--help");
  const own: Record<string, string> = {
    batch_code: "batch",
    account_id: "account",
    include: "payload",
    tenant_id: "json",
  };
  const names = Object.keys(MessageQuery.entries).map((name) => own[name] ?? name.replaceAll("_", "-"));
  expect(names.filter((name) => !stdout.includes(`--${name}`))).toEqual([]);
});

test("a list as CSV is for spreadsheets: a formula in a subject is text", async () => {
  const { run } = await withMessages();
  const { stdout } = await run("one", "shop", "messages", "list", "--account", "other", "--csv");
  expect(stdout).toMatch(/^id,status,account,priority,to,subject,created,attempts,error\r\n/);
  expect(stdout).toMatch(/\r\nb,pending,other,2,ann@example\.com bob@example\.com,\S+=1\+1,\d{4}-\d\d-\d\dT/);
});

test("one message is shown with its recipients and what happened to it", async () => {
  const { run, json } = await withMessages();
  const { stdout } = await run("one", "shop", "messages", "show", "b");
  expect(stdout).toMatch(/^id +b$/m);
  expect(stdout).toMatch(/^ADDRESS[\s\S]*^ann@example\.com +to +pending[\s\S]*^bob@example\.com/m);
  expect(stdout).not.toContain("\u001b");
  expect(await json("one", "shop", "messages", "show", "b", "--payload")).toMatchObject({
    ...{ id: "b", account_id: "other", events: expect.any(Array) },
    payload: { subject: "\u001b]0;x\u0007=1+1" },
  });
  const missing = await run("one", "shop", "messages", "show", "nope");
  expect(missing).toMatchObject({ code: 1, stderr: "mail-proxy: there is no such message\n" });
});

test("a waiting message is canceled, tried again and deleted, and each of these is in the command log", async () => {
  const { run, json, call } = await withMessages();
  const message = (what: string, id: string, ...more: string[]) => run("one", "shop", "messages", what, id, ...more);
  expect(await message("cancel", "c")).toMatchObject({ code: 0, stdout: "message c is canceled\n" });
  expect(await json("one", "shop", "messages", "show", "c")).toMatchObject({ status: "canceled" });
  expect((await message("cancel", "c")).code).toBe(1);
  expect(await message("retry", "c")).toMatchObject({ code: 0, stdout: "message c is sent again\n" });
  expect(await json("one", "shop", "messages", "show", "c")).toMatchObject({ status: "pending" });
  expect(await message("delete", "c")).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
  expect((await message("delete", "c", "--force")).code).toBe(0);
  expect((await message("delete", "c", "--force")).code).toBe(1);
  const { commands, entries } = await call("GET", "/command-log", { query: { tenant_id: "shop" } });
  const log = JSON.stringify(commands ?? entries);
  for (const endpoint of ["/messages/c/cancel", "/messages/c/retry", "/commands/delete-messages"])
    expect(log).toContain(endpoint);
});

test("a message that is sent again goes out of the running server at once", async () => {
  const line = await commandLineWithTenant({ MAIL_PROXY_POLL_INTERVAL: "300" });
  const sink = await startSink();
  await line.addAccount("main", sink.port);
  await line.add({ id: "a" });
  await line.call("POST", "/messages/a/cancel", { query: { tenant_id: "shop" } });
  const proxy = line.start("start", "one", "--port", "0");
  await proxy.printed(/is ready/);
  expect((await line.run("one", "shop", "messages", "retry", "a")).code).toBe(0);
  await sink.until(() => sink.taken.some(({ id }) => id === "a"));
});
