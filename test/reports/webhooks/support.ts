/** What the tests of webhooks share: an endpoint on a real socket that goes up and down, rows in a real database, a clock that is passed in. */
import { onTestFinished } from "vitest";
import { type Database, json, rows } from "../../../src/db/database.ts";
import type { WebhookLogEvent } from "../../../src/reports/webhooks/log.ts";
import { Webhooks, type WebhooksOptions } from "../../../src/reports/webhooks/loop.ts";
import { createHttpClient } from "../../../src/runtimes/http-client.ts";
import { listen } from "../../support/listen.ts";
import { addEvents, addTenant, vault } from "../support.ts";

export const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes....").toString("base64")}`;
export const T0 = Date.UTC(2026, 0, 5, 12);
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface WebhookCall {
  id: string;
  body: string;
  /** The event's, as the body says. */
  eventId: string;
  headers: Headers;
}

export interface Receiver {
  url: string;
  /** All that came, in order. */
  calls: WebhookCall[];
  /** What was answered with 200, in order. */
  taken: WebhookCall[];
  takenEvents(): string[];
  /** Answers a call; a status for short. Undefined breaks the connection off. */
  behave: (call: WebhookCall) => number | Response | undefined | Promise<number | Response | undefined>;
}

/** Takes everything, until a test tells it otherwise. */
export async function receiver(): Promise<Receiver> {
  const one: Receiver = {
    url: "",
    calls: [],
    taken: [],
    takenEvents: () => one.taken.map(({ eventId }) => eventId),
    behave: () => 200,
  };
  one.url = await listen(async (request) => {
    const body = await request.text();
    const { data } = JSON.parse(body) as { data: { event_id?: string } };
    const { headers } = request;
    const call = { id: headers.get("webhook-id") ?? "", body, eventId: data.event_id ?? "test", headers };
    one.calls.push(call);
    const answer = await one.behave(call);
    const response = typeof answer === "number" ? new Response(null, { status: answer }) : answer;
    if (response?.ok) one.taken.push(call);
    return response;
  });
  return one;
}

export interface WebhookFixture {
  url: string;
  events?: string[];
  publicOnly?: boolean;
  secret?: string;
  createdAt?: number;
}

/** A webhook of a tenant that is there; the feed begins with the first. */
export async function addWebhook(db: Database, id: string, tenant: string, fixture: WebhookFixture): Promise<void> {
  const { url, events, publicOnly = false, secret = SECRET, createdAt = 0 } = fixture;
  await rows(
    db,
    "insert into webhook_feed (id, event) values (1, ifnull((select max(id) from events), 0)) on conflict do nothing",
  );
  await rows(
    db,
    `insert into webhooks (id, tenant_id, url, events, secret, public_only, created_at, updated_at)
     values (:id, :tenant, :url, :events, :secret, :publicOnly, :createdAt, :createdAt)`,
    {
      id,
      tenant,
      url,
      events: events === undefined ? null : json(events),
      secret: await vault.seal(secret),
      publicOnly,
      createdAt,
    },
  );
}

/** A tenant with one webhook, both of that name. */
export async function addSubscriber(db: Database, name: string, url: string): Promise<void> {
  await addTenant(db, name, {});
  await addWebhook(db, name, name, { url });
}

let made = 0;

/** One event of a message of its own; answers its id as the body tells it. */
export async function happens(
  db: Database,
  tenant: string,
  at: number,
  type = "sent",
  data: object = {},
): Promise<string> {
  made += 1;
  const [id] = await addEvents(db, tenant, 1, { at, prefix: `w${made}-`, type, data });
  return id!;
}

export interface Clock {
  at: number;
}

/** One that is stopped when the test ends, and what it told its log of its turns. */
export function webhooks(db: Database, options: Partial<WebhooksOptions> = {}): Webhooks & { seen: WebhookLogEvent[] } {
  const seen: WebhookLogEvent[] = [];
  const one = new Webhooks({
    db,
    vault,
    now: Date.now,
    http: createHttpClient(),
    pollIntervalMs: 3_600_000,
    manual: false,
    onEvent: (event) => {
      if (event.kind !== "called") seen.push(event);
    },
    ...options,
  });
  onTestFinished(() => one.stop(0));
  return Object.assign(one, { seen });
}

/** What is to be done at the clock's moment, as often as anything is. */
export function tick(one: Webhooks): Promise<number> {
  return one.tick({ endpoints: 1_000, until: Number.POSITIVE_INFINITY });
}

/** Goes on from minute to minute (or another step). */
export async function pass(one: Webhooks, clock: Clock, ms: number, step = MINUTE): Promise<void> {
  for (const end = clock.at + ms; clock.at < end; ) {
    clock.at = Math.min(clock.at + step, end);
    await tick(one);
  }
}

export interface DeliveryRow {
  seq: number;
  id: string;
  webhook: string;
  event: number | null;
  type: string;
  state: string;
  aside: number;
  attempts: number;
  next_at: number | null;
  payload: string;
  created_at: number;
  delivered_at: number | null;
}

export const deliveries = (db: Database, webhook?: string) =>
  rows<DeliveryRow>(db, "select * from webhook_deliveries where webhook = ifnull(:webhook, webhook) order by seq", {
    webhook: webhook ?? null,
  });

export interface AttemptRow {
  delivery: number;
  number: number;
  at: number;
  duration_ms: number;
  status: number | null;
  answer: string | null;
  error: string | null;
}

export const attempts = (db: Database) =>
  rows<AttemptRow>(db, "select * from webhook_attempts order by delivery, number");

export async function webhookRow(db: Database, id: string) {
  const [row] = await rows(db, "select * from webhooks where id = ?", [id]);
  return row!;
}
