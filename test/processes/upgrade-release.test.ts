/** From one release to the next: the database that the one before left behind, and both of them at work on it. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { endpoint, type TestEndpoint } from "../reports/support.ts";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { startSink } from "../support/counting-sink.ts";
import { openTestDatabase, temporaryFolder } from "../support/database.ts";
import { add, addUntilTaken, ids, statuses, TENANT } from "./clients.ts";
import { migrate } from "./fleet.ts";
import { olderBinary } from "./past/older-binary.ts";
import { AWAY_PORT, HTTP_PORT, openPast, SMTP_PORT } from "./past/world.ts";

/** Made by past/make.ts. */
const PAST = new URL("past/0007_drop_in.sql", import.meta.url);
/** What waited there for a server, a moment, or the end of a lease. */
const WAITED = ["flying", "half", "later", "soon", "waits"];

async function leftBehind() {
  const folder = temporaryFolder();
  const [sink, application, db] = [await startSink(), await endpoint(), await openTestDatabase(folder)];
  const ports = { [SMTP_PORT]: sink.port, [AWAY_PORT]: sink.port, [HTTP_PORT]: Number(new URL(application.url).port) };
  const { apiKey } = await openPast(db, PAST, ports, Date.now());
  return { url: `file:${join(folder, "queue.db")}`, sink, application, apiKey };
}

function start(program: string, url: string): ProxyProcess {
  return startProxy(program, temporaryFolder(), { DATABASE_URL: url, POLL_INTERVAL: "0.1", LOG_LEVEL: "error" });
}

const taken = (sink: { taken: { id: string }[] }) => sink.taken.map(({ id }) => id).sort();

/** The ids of messages that an event of this kind was told of. */
function told({ calls }: TestEndpoint, path: string): Set<string> {
  const bodies = calls.filter((call) => call.path === path).map(({ body }) => body);
  return new Set(
    bodies.flatMap((body) => [...body.matchAll(/"(?:id|message_id|messageId)":"([a-z]+)"/g)].map(([, id]) => id!)),
  );
}

test("what the release before left behind is migrated, sent and told of, and what waits for other reasons waits on", {
  timeout: 60_000,
}, async () => {
  const { url, sink, application, apiKey } = await leftBehind();
  const proxy = start(binaryUnderTest(), url);
  await proxy.ready;
  await sink.until(() => sink.distinct === WAITED.length);
  expect(taken(sink)).toEqual(WAITED);
  const unreported = [...WAITED, "refused", "sent", "suppressed", "told"];
  while (!unreported.every((id) => told(application, "/reports").has(id))) await pause(20);
  while (!application.calls.some(({ path, body }) => path === "/hook" && body.includes("refused"))) await pause(20);
  const kept = { canceled: "canceled", far: "deferred", held: "pending", refused: "error", suppressed: "error" };
  const sent = Object.fromEntries([...WAITED, "sent", "told"].map((id) => [id, "sent"]));
  expect(Object.fromEntries(await statuses(proxy))).toEqual({ ...kept, ...sent });

  // The tenant's key, its suspension and its suppressions are what they were.
  const headers = { "X-API-Token": apiKey };
  const activated = await fetch(`${await proxy.ready}/commands/activate?tenant_id=${TENANT}&batch_code=june`, {
    method: "POST",
    headers,
  });
  expect(activated.status).toBe(200);
  await sink.until(() => sink.distinct === WAITED.length + 1);
  expect(taken(sink)).toContain("held");
  await proxy.call("POST", "/commands/add-messages", {
    messages: [
      { tenant_id: TENANT, id: "gone", from: "app@example.com", to: "gone@example.net", subject: "", body: "" },
    ],
  });
  while ((await statuses(proxy)).get("gone") !== "error") await pause(20);
  expect(await proxy.stop()).toBe(0);
  expect(proxy.log()).toBe("");
});

test("the release before goes on beside this one, and starts again on its schema", {
  timeout: 120_000,
}, async ({ skip }) => {
  const program = olderBinary();
  if (typeof program !== "string") return skip(program.unavailable);
  const { url, sink } = await leftBehind();
  const older = start(program, url);
  await older.ready;
  await migrate(temporaryFolder(), url);
  expect((await add(older, ids(20, "older"))).status).toBe(200);
  const newer = start(binaryUnderTest(), url);
  await newer.ready;
  expect((await add(newer, ids(20, "newer"))).status).toBe(200);
  expect(await older.stop()).toBe(0);
  const again = start(program, url);
  await again.ready;
  expect(await newer.stop()).toBe(0);
  await addUntilTaken(() => again, ["alone"]);

  const all = [...WAITED, ...ids(20, "older"), ...ids(20, "newer"), "alone"];
  await sink.until(() => sink.distinct === all.length);
  expect(taken(sink)).toEqual(all.sort());
  expect(await again.stop()).toBe(0);
  expect([older, newer, again].map((proxy) => proxy.log())).toEqual(["", "", ""]);
});
