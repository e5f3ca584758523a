import { expect, test } from "vitest";
import { DeliveryQuery, ReplayRange, WebhookChanges } from "../../src/api/schemas/webhook.ts";
import { candidates } from "../../src/cli/completion/complete.ts";
import { createProgram } from "../../src/cli/program.ts";
import { rows } from "../../src/db/database.ts";
import { endpoint } from "../reports/support.ts";
import { commandLineWithTenant } from "./instance.ts";

const URL_ = "https://shop.example.com/mail-events";

async function withWebhooks(environment: Record<string, string> = {}) {
  const line = await commandLineWithTenant(environment);
  const webhooks = (...args: string[]) => line.run("one", "shop", "webhooks", ...args);
  const json = (...args: string[]) => line.json("one", "shop", "webhooks", ...args);
  const query = { tenant_id: "shop" };
  const made = async (url = URL_) => String((await line.call("POST", "/webhooks", { query, body: { url } })).id);
  return { ...line, webhooks, json, made };
}

type Line = Awaited<ReturnType<typeof withWebhooks>>;

/** Deliveries that stand in the log, oldest first. */
function addDeliveries({ core }: Line, webhook: string, states: string[]): Promise<string[]> {
  return core(async ({ db }) => {
    for (const [n, state] of states.entries())
      await rows(
        db,
        `insert into webhook_deliveries (id, webhook, type, payload, state, attempts, next_at, created_at)
         values (:id, :webhook, 'email.sent', '{"type":"email.sent"}', :state, 1, 9e15, :at)`,
        { id: `msg_${n}`, webhook, state, at: 1_000 * (n + 1) },
      );
    await rows(
      db,
      `insert into webhook_attempts (delivery, number, at, duration_ms, status, answer, error)
       select seq, 1, 5000, 42, 503, 'come' || char(27) || ' again', 'HTTP 503' from webhook_deliveries`,
    );
    return states.map((_, n) => `msg_${n}`);
  });
}

test("a webhook is added with its secret on standard output alone, looked at, changed and deleted", {
  timeout: 90_000,
}, async () => {
  const { webhooks, json, call } = await withWebhooks();
  const added = await webhooks("add", URL_, "--events", "email.sent,email.failed");
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_[\w+/]+=\n$/) });
  const secret = added.stdout.trim();
  const [webhook] = await json("list");
  const { id } = webhook;
  expect(added.stderr).toContain(`webhook ${id} is added`);
  expect(webhook).toMatchObject({ url: URL_, events: ["email.sent", "email.failed"], status: "enabled" });
  expect((await webhooks("list")).stdout).toMatch(/^ID[\s\S]*mail-events +enabled +email\.sent email\.failed/);
  const shown = await webhooks("show", id);
  expect(shown.stdout).toMatch(/^id +[\da-f-]+\nurl +https[\s\S]*^events +email\.sent, email\.failed$/m);
  expect(shown.stdout + JSON.stringify(await json("show", id))).not.toContain(secret);

  expect(await webhooks("update", id, "--no-enabled", "--events", "")).toMatchObject({ code: 0 });
  expect(await json("show", id)).toMatchObject({ status: "disabled", events: null });
  const rotated = await webhooks("rotate-secret", id, "--overlap-seconds", "60");
  expect(rotated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_/) });
  expect(rotated.stdout.trim()).not.toBe(secret);
  expect(await webhooks("delete", id)).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
  expect(await webhooks("delete", id, "--force")).toMatchObject({ code: 0 });
  expect(await json("list")).toEqual([]);
  const { commands } = await call("GET", "/command-log");
  const methods = (commands as { method: string; tenant_id: string }[]).map((one) => `${one.method} ${one.tenant_id}`);
  expect(methods.toReversed()).toEqual(["POST shop", "PATCH shop", "POST shop", "DELETE shop"]);
});

test("what is wrong is told in the names of the flags, and changes nothing", { timeout: 60_000 }, async () => {
  const { webhooks, json, made } = await withWebhooks();
  const id = await made();
  const wrong: [string[], RegExp][] = [
    [["add", URL_, "--events", "contact.created"], /--events/],
    [["update", id, "--url", "ftp://shop.example.com"], /--url must be an http/],
    [["replay", id], /give a delivery, or --since/],
    [["replay", id, "--states", "failed"], /--since is required/],
    [["rotate-secret", id, "--overlap-seconds", "long"], /--overlap-seconds/],
  ];
  for (const [args, words] of wrong)
    expect(await webhooks(...args), args.join(" ")).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
  expect(await webhooks("show", "none")).toMatchObject({ code: 1, stderr: "mail-proxy: there is no webhook none\n" });
  expect(await json("list")).toMatchObject([{ id, url: URL_ }]);
});

test("the log is told as the API tells it, and one delivery call by call", { timeout: 60_000 }, async () => {
  const line = await withWebhooks();
  const { webhooks, json, made } = line;
  const id = await made();
  await addDeliveries(line, id, ["delivered", "failed", "missed"]);
  const ids = async (...args: string[]) => (await json("deliveries", id, ...args)).map((one: { id: string }) => one.id);
  expect(await ids()).toEqual(["msg_2", "msg_1", "msg_0"]);
  expect(await ids("--state", "failed")).toEqual(["msg_1"]);
  const { stdout, stderr } = await webhooks("deliveries", id, "--limit", "2");
  expect(stdout).toMatch(/^ID +TYPE[\s\S]*^msg_1 +email\.sent +failed +1 +503 /m);
  expect(await ids("--cursor", /--cursor (\d+)/.exec(stderr)?.[1] ?? "")).toEqual(["msg_0"]);
  const one = await webhooks("deliveries", id, "msg_1");
  expect(one.stdout).toMatch(/^id +msg_1[\s\S]*^body +\{"type":"email\.sent"\}[\s\S]*503 +HTTP 503 +come/m);
  expect(one.stdout).not.toContain("\u001b");
  expect(await json("deliveries", id, "msg_1")).toMatchObject({ payload: {}, attempts: [{ duration_ms: 42 }] });

  const flags = (names: object) => Object.keys(names).map((name) => `--${name.replaceAll("_", "-")}`);
  const { stdout: help } = await webhooks("deliveries", "--help");
  const ours = flags(DeliveryQuery.entries).filter((flag) => !/tenant-id|after|page/.test(flag));
  expect(ours.filter((flag) => !help.includes(flag))).toEqual([]);
  const { stdout: range } = await webhooks("replay", "--help");
  const ofRange = flags(ReplayRange.entries).filter((flag) => !/eventType|withinMinutes/.test(flag));
  expect(ofRange.filter((flag) => !range.includes(flag))).toEqual([]);
  const { stdout: update } = await webhooks("update", "--help");
  const changes = flags(WebhookChanges.entries).filter((flag) => !/endpoint|status/.test(flag));
  expect(changes.filter((flag) => !update.includes(flag))).toEqual([]);
});

test("one delivery is replayed, or a range of them as far as the limit goes", { timeout: 60_000 }, async () => {
  const line = await withWebhooks();
  const { webhooks, json, made } = line;
  const id = await made();
  await addDeliveries(line, id, ["delivered", "failed", "missed"]);
  expect((await webhooks("replay", id, "msg_0")).stdout).toBe("delivery msg_0 goes once more\n");
  const ranged = await webhooks("replay", id, "--since", "1", "--states", "failed,missed", "--limit", "1");
  expect(ranged.stdout).toBe("deliveries that go once more: 1\n");
  expect(ranged.stderr).toMatch(/^There are 1 more: --cursor \d+\n$/);
  const pending = await json("deliveries", id, "--state", "pending");
  expect(pending.map((one: { id: string }) => one.id)).toEqual(["msg_1", "msg_0"]);
  expect(await webhooks("replay", id, "none")).toMatchObject({ code: 1 });
});

test("a test waits for its answer while a server runs, and says where none does", { timeout: 90_000 }, async () => {
  const { webhooks, made, start } = await withWebhooks();
  const hook = await endpoint((_, n) => ({ status: n === 1 ? 200 : 500 }));
  const id = await made(hook.url);
  expect((await webhooks("test", id)).stderr).toContain("No server runs here");
  expect(hook.calls).toEqual([]);
  const server = start("start", "one", "--port", "0");
  await server.printed(/is ready/);
  await hook.called(1); // the one that waited
  const [refused] = await Promise.all([webhooks("test", id), hook.called(2)]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("did not take it: HTTP 500") });
});

test("its commands, states and events are completed", async () => {
  const { home } = await withWebhooks();
  const words = async (...typed: string[]) =>
    (await candidates(createProgram(), ["--home", home, "one", "shop", ...typed])).map(({ value }) => value);
  expect(await words("web")).toEqual(["webhooks"]);
  expect(await words("webhooks", "")).toEqual([
    ...["list", "show", "add", "update", "rotate-secret", "delete", "test", "deliveries", "replay", "help"],
  ]);
  expect(await words("webhooks", "deliveries", "--state", "m")).toEqual(["missed"]);
  expect(await words("webhooks", "replay", "--event-type", "email.b")).toEqual(["email.bounced"]);
});
