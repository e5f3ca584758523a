import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { claim } from "../../src/reports/claim.ts";
import { call, type Endpoint } from "../../src/reports/endpoint.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { endpoint, type ReceivedCall } from "../reports/support.ts";
import { T0, type TestApi, testApi } from "./support.ts";

const DAY = 86_400;
const [A, B, C] = ["first", "second", "third"].map((name) => `whsec_${btoa(`the ${name} of three secrets`)}`);
const PATH = "/tenant/acme/webhook-secret";

async function apiWithEndpoint(settings: Parameters<typeof testApi>[0] = {}) {
  const api = await testApi(settings);
  const app = await endpoint();
  await api.post("/tenant", { id: "acme", client_base_url: app.url, webhook_secret: A });
  return { api, app };
}

type Running = Awaited<ReturnType<typeof apiWithEndpoint>>;

/** Which of the three secrets, and of further ones, verify a report that is told at this moment. */
async function verifying({ api, app }: Running, ...further: string[]): Promise<string[]> {
  const { db, vault } = api.service;
  await rows(db, "delete from syncs");
  const turn = await claim(db, "acme", api.now);
  await tell(turn!.endpoint, vault, api);
  const told = app.calls.at(-1)!;
  return [A!, B!, C!, ...further].filter((secret) => verifies(secret, told));
}

function tell(to: Endpoint, vault: TestApi["service"]["vault"], { now }: TestApi) {
  return call(to, vault, {
    id: "msg_1",
    reports: [],
    now,
    stop: new AbortController().signal,
    http: createHttpClient(),
  });
}

/** The library holds the moment against the real clock, which these tests are not about. */
function verifies(secret: string, { headers, body }: ReceivedCall): boolean {
  const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
  const expected = new Webhook(secret).sign(String(headers["webhook-id"]), at, body);
  return String(headers["webhook-signature"] ?? "")
    .split(" ")
    .includes(expected);
}

const save = (api: TestApi, webhook_secret: string | null) =>
  api.call("PUT", "/tenant/acme", { json: { webhook_secret } });

test("a secret that is replaced signs too for a day, and then no longer", async () => {
  const running = await apiWithEndpoint();
  const { api } = running;
  expect(await verifying(running)).toEqual([A]);
  const { body } = await save(api, B!);
  expect(body).toMatchObject({ has_webhook_secret: true, webhook_secret_previous_until_ts: T0 / 1000 + DAY });
  expect(await verifying(running)).toEqual([A, B]);
  api.now = T0 + DAY * 1000 - 1;
  expect(await verifying(running)).toEqual([A, B]);
  api.now = T0 + DAY * 1000;
  expect(await verifying(running)).toEqual([B]);
  expect((await api.get("/tenant/acme")).body).toMatchObject({ webhook_secret_previous_until_ts: null });
});

test("how long both sign is a setting, and may be no time at all", async () => {
  const brief = await apiWithEndpoint({ webhookOverlapSeconds: 60 });
  expect((await save(brief.api, B!)).body).toMatchObject({ webhook_secret_previous_until_ts: T0 / 1000 + 60 });
  const none = await apiWithEndpoint({ webhookOverlapSeconds: 0 });
  await save(none.api, B!);
  expect(await verifying(none)).toEqual([B]);
});

test("a third secret within the time ends the oldest", async () => {
  const running = await apiWithEndpoint();
  for (const secret of [B!, C!]) await save(running.api, secret);
  expect(await verifying(running)).toEqual([B, C]);
});

test("saving the same secret again changes nothing, also when several do it at once", async () => {
  const running = await apiWithEndpoint();
  const { api } = running;
  await Promise.all([1, 2, 3, 4].map(() => save(api, B!)));
  expect(await verifying(running)).toEqual([A, B]);
  api.now = T0 + 1_000;
  expect((await save(api, B!)).body).toMatchObject({ webhook_secret_previous_until_ts: T0 / 1000 + DAY });
  await api.post("/tenant", { id: "acme", webhook_secret: B });
  await api.call("PUT", "/tenant/acme", { json: { name: "Acme" } });
  expect(await verifying(running)).toEqual([A, B]);
});

test("null ends both at once, and a secret after it has none before it", async () => {
  const running = await apiWithEndpoint();
  const { api } = running;
  await save(api, B!);
  expect((await save(api, null)).body).toMatchObject({
    has_webhook_secret: false,
    webhook_secret_previous_until_ts: null,
  });
  expect(await verifying(running)).toEqual([]);
  await save(api, C!);
  expect(await verifying(running)).toEqual([C]);
});

test("a tenant, or its admin, gets a new secret that is shown once", async () => {
  const running = await apiWithEndpoint();
  const { api } = running;
  const key = String((await api.post("/tenant/acme/api-key", {})).body.api_key);
  const own = await api.post(PATH, {}, key);
  expect(own).toMatchObject({ status: 200, body: { previous_until_ts: T0 / 1000 + DAY } });
  const [, base64 = ""] = /^whsec_(\S+)$/.exec(String(own.body.webhook_secret)) ?? [];
  expect(Buffer.from(base64, "base64")).toHaveLength(32);
  expect(await verifying(running, String(own.body.webhook_secret))).toEqual([A, own.body.webhook_secret]);
  const admins = await api.call("POST", PATH);
  expect(admins.status).toBe(200);
  expect(admins.body.webhook_secret).not.toBe(own.body.webhook_secret);
  expect((await api.post(PATH, {}, "mpk_of-nobody")).status).toBe(401);
  expect((await api.post("/tenant/none/webhook-secret", {})).status).toBe(404);
});

test("a leaked secret is replaced at once where no overlap is wanted", async () => {
  const running = await apiWithEndpoint();
  await save(running.api, B!);
  const { body } = await running.api.post(PATH, { overlap_seconds: 0 });
  expect(body.previous_until_ts).toBeNull();
  expect(await verifying(running, String(body.webhook_secret))).toEqual([body.webhook_secret]);
});

test("an overlap is a whole number of seconds, at most a year", async () => {
  const { api } = await apiWithEndpoint();
  for (const overlap_seconds of [-1, 0.5, "60", 365 * DAY + 1])
    expect(await api.post(PATH, { overlap_seconds })).toMatchObject({ status: 422 });
  expect((await api.post(PATH, { overlap_seconds: 365 * DAY })).body.previous_until_ts).toBe(T0 / 1000 + 365 * DAY);
});

test("a secret that no report can be signed with is refused before it takes the place of one that can", async () => {
  const running = await apiWithEndpoint();
  for (const webhook_secret of ["", "whsec_", "whsec_not-base64!", "short"])
    expect(await save(running.api, webhook_secret)).toMatchObject({ status: 422 });
  expect(await verifying(running)).toEqual([A]);
});

test("no secret of a rotation comes back: not in an answer, the log of commands, or a row", async () => {
  const { api } = await apiWithEndpoint();
  await save(api, B!);
  const made = String((await api.post(PATH, { overlap_seconds: 60 })).body.webhook_secret);
  await api.call("PUT", "/tenant/acme", { json: { name: "Acme" } });
  await api.service.commandLog.settled();
  const seen = [
    await api.get("/tenant/acme"),
    await api.get("/tenants"),
    await api.get("/command-log"),
    await api.get("/command-log/export"),
  ].map(({ text }) => text);
  const tables = ["tenants", "command_log"].map((table) => rows(api.service.db, `select * from ${table}`));
  const everything = [...seen, JSON.stringify(await Promise.all(tables))].join("\n");
  for (const secret of [A!, B!, made]) expect(everything).not.toContain(secret.slice("whsec_".length));
  // A call that says until when the old secret signs hides nothing, and can be made again.
  expect(seen.at(-1)!.trimEnd().split("\n").at(-1)).toContain('"replayable":true');
});
