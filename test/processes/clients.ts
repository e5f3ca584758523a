/** Applications that use a proxy over HTTP and never give up: what has no 2xx is sent again under the same id. */
import { setTimeout as pause } from "node:timers/promises";
import type { Answered, ProxyProcess } from "../support/binary.ts";
import type { CountingSink } from "../support/counting-sink.ts";

/** A process that runs, or a Worker. */
export type MailProxy = Pick<ProxyProcess, "call">;

export const TENANT = "acme";
const CLIENTS = 8;
/** Between two tries of a request that was not answered, or not with success. */
const AGAIN_MS = 20;

export interface AccountFields {
  id?: string;
  limit_per_minute?: number;
  max_connections?: number;
}

/** A tenant with an account that delivers to the sink. */
export async function setUp(proxy: MailProxy, sink: CountingSink, url?: string, account: AccountFields = {}) {
  const tenant = { id: TENANT, ...(url === undefined ? {} : { client_base_url: url }) };
  expectOk(await proxy.call("POST", "/tenant", tenant));
  const fields = { id: "default", tenant_id: TENANT, host: "127.0.0.1", port: sink.port, use_tls: false, ...account };
  expectOk(await proxy.call("POST", "/account", fields));
}

function expectOk({ status, body }: Answered): void {
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
}

export function message(id: string) {
  const text = `Hello ${id},\r\n.\r\n${"this is a line of what it says.\r\n".repeat(10)}`;
  return {
    tenant_id: TENANT,
    id,
    from: "app@example.com",
    to: [`${id}@example.net`],
    subject: `About ${id}`,
    body: text,
  };
}

export const ids = (count: number, prefix = "m") => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** One request, once. */
export function add(proxy: MailProxy, batch: readonly string[]): Promise<Answered> {
  return proxy.call("POST", "/commands/add-messages", { messages: batch.map(message) });
}

/** Answers how often a request had to be repeated. */
export interface Delivered {
  repeated: number;
  /** Answers other than success, by status. */
  refused: Answered[];
}

/** Repeats one request until the proxy has taken every message of it. */
export async function addUntilTaken(proxy: () => MailProxy, batch: readonly string[]): Promise<Delivered> {
  const delivered: Delivered = { repeated: 0, refused: [] };
  for (;;) {
    const answered = await add(proxy(), batch).catch(() => undefined); // it was killed, or has not started
    if (answered?.status === 200) {
      const lost = rejections(answered).filter(({ reason }) => reason !== "already sent" && reason !== "being sent");
      if (lost.length > 0) throw new Error(`rejected: ${JSON.stringify(lost)}`);
      return delivered;
    }
    if (answered !== undefined) delivered.refused.push(answered);
    delivered.repeated += 1;
    await pause(AGAIN_MS);
  }
}

function rejections({ body }: Answered): { id: string; reason: string }[] {
  return body.rejected as { id: string; reason: string }[];
}

/** Requests of different sizes from several clients at once; `mayGoOn` may hold them back, knowing how many were taken. */
export async function addAll(
  proxy: () => MailProxy,
  all: readonly string[],
  mayGoOn: (taken: number) => Promise<void> = () => Promise.resolve(),
): Promise<Delivered> {
  const sizes = [1, 1, 1, 25];
  const total: Delivered = { repeated: 0, refused: [] };
  let next = 0;
  let request = 0;
  let taken = 0;
  const client = async () => {
    while (next < all.length) {
      const batch = all.slice(next, next + (sizes[request++ % sizes.length] ?? 1));
      next += batch.length;
      const { repeated, refused } = await addUntilTaken(proxy, batch);
      total.repeated += repeated;
      total.refused.push(...refused);
      taken += batch.length;
      await mayGoOn(taken);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return total;
}

interface Queue {
  scheduled: number;
  ready: number;
  held: number;
  sending: number;
}

/** Waits until nothing is in the queue any more, by what the proxy itself says. */
export async function settled(proxy: MailProxy): Promise<void> {
  for (;;) {
    const { body } = await proxy.call("GET", "/status");
    const { scheduled, ready, held, sending } = body.queue as Queue;
    if (scheduled + ready + held + sending === 0) return;
    await pause(20);
  }
}

/** The status of every message, page by page. */
export async function statuses(proxy: MailProxy): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let cursor = "";
  for (;;) {
    const { body } = await proxy.call("GET", `/messages?tenant_id=${TENANT}&limit=500${cursor}`);
    for (const { id, status } of body.messages as { id: string; status: string }[]) found.set(id, status);
    if (typeof body.next_cursor !== "string") return found;
    cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
}
