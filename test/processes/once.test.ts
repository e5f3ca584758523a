/** Idempotency keys between compiled binaries on one database: what is asked of both at one moment is done once. LONG=1 asks more often. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { startSink } from "../support/counting-sink.ts";
import { temporaryFolder } from "../support/database.ts";
import { startSqld } from "../support/sqld.ts";
import { settled, setUp, statuses, TENANT } from "./clients.ts";

const rounds = process.env.LONG === "1" ? 100 : 30;
/** Keys that are asked for at the same moment. */
const KEYS = 3;

const databases: Record<string, () => Promise<string | { unavailable: string }>> = {
  "embedded file": () => Promise.resolve(`file:${join(temporaryFolder(), "queue.db")}`),
  "libSQL server": async () => {
    const server = await startSqld();
    return "unavailable" in server ? server : server.url;
  },
};

interface Answer {
  status: number;
  body: { id: string; replayed?: true };
}

async function send(proxy: ProxyProcess, token: string, name: string): Promise<Answer> {
  const email = { from: "app@example.com", to: `${name}@example.net`, subject: `About ${name}`, text: "Hello" };
  const response = await fetch(`${await proxy.ready}/emails`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "Idempotency-Key": name },
    body: JSON.stringify(email),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

describe.each(Object.entries(databases))("on one %s", (_kind, openDatabase) => {
  test(`two processes that are asked the same ${rounds} times at the same moment send each email once, and answer one id`, {
    timeout: 60_000 + rounds * 500,
  }, async ({ skip }) => {
    const databaseUrl = await openDatabase();
    if (typeof databaseUrl !== "string") return skip(databaseUrl.unavailable);
    const sink = await startSink();
    const settings = { DATABASE_URL: databaseUrl, POLL_INTERVAL: "0.1" };
    const one = startProxy(binaryUnderTest(), temporaryFolder(), settings);
    await setUp(one, sink);
    const other = startProxy(binaryUnderTest(), temporaryFolder(), settings);
    const { body } = await one.call("POST", `/tenant/${TENANT}/api-key`, {});
    const key = String(body.api_key);

    const sent: string[] = [];
    for (let round = 0; round < rounds; round++) {
      // Two requests to each: within a process they take turns, between two the commit decides.
      const names = Array.from({ length: KEYS }, (_, n) => `order-${round}-${n}`);
      const asked = names.map((name) => Promise.all([one, other, one, other].map((proxy) => send(proxy, key, name))));
      for (const answers of await Promise.all(asked)) {
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
        expect(answers.filter(({ body }) => body.replayed === undefined)).toHaveLength(1);
        sent.push(answers[0]!.body.id);
      }
    }
    await settled(one);
    expect(new Set((await statuses(one)).keys())).toEqual(new Set(sent));
    expect(sink.taken).toHaveLength(sent.length);
  });
});
