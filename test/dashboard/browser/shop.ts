/** A believable shop on the proxy: mail in every state, an account that cannot send, a webhook that fails, a bounce. */
import { expect } from "vitest";
import { bounce } from "../../bounces/mails.ts";
import { ADMIN_TOKEN, type ProxyUnderTest } from "../../runtimes/under-test.ts";
import { freePort } from "../../support/free-port.ts";
import { type Answer, type Heard, ScriptedServer } from "../../support/smtp-server.ts";
import { campaign, type Letter, order, subscription } from "./letters.ts";

/** Names with a dash or a digit, as pages.ts wants them. */
export const SHOP = "corner-books";
export const ROASTERY = "harbour-coffee";
const [FIRST, REFUSED, GREYLISTED, TOMORROW, CANCELED] = [0, 6, 7, 8, 9];
const HALF_A_DAY = 43_200;

/** Mail in every state when this settles. Answers the mail server, which the caller closes. */
export async function openShop(proxy: ProxyUnderTest): Promise<ScriptedServer> {
  const server = new ScriptedServer({ answer });
  await server.listen();
  await addBusinesses(proxy, server.port, await freePort());
  await write(proxy);
  await settled(proxy);
  await comesBack(proxy, order(FIRST).id);
  return server;
}

function answer({ verb, line }: Heard): Answer | undefined {
  if (verb !== "RCPT") return undefined;
  if (line.includes("<gone@")) return "550 5.1.1 <gone@example.net>: no such mailbox here";
  if (line.includes("<busy@")) return "451 4.7.1 greylisted, try again in 5 minutes";
  return undefined;
}

/** `nobody`: a port where nobody listens. */
async function addBusinesses(proxy: ProxyUnderTest, smtp: number, nobody: number): Promise<void> {
  const post = (path: string, body?: object) => done(proxy, path, body);
  const here = { host: "127.0.0.1", use_tls: false };
  await post("/tenant", { id: SHOP, name: "Corner Books", client_base_url: `http://127.0.0.1:${nobody}` });
  await post("/tenant", { id: ROASTERY, name: "Harbour Coffee Roasters", rate_limits: { hour: 2_000 } });
  const limits = { limit_per_minute: 60, limit_per_hour: 1_000, limit_per_day: 10_000 };
  const shops = { tenant_id: SHOP, ...here, from_address: "orders@books.example" };
  await post("/account", { ...shops, id: "orders", port: smtp, ...limits });
  await post("/account", { ...shops, id: "newsletter", port: nobody });
  await post("/account", { ...here, id: "default", tenant_id: ROASTERY, port: smtp });
  await post(`/webhooks?tenant_id=${SHOP}`, { endpoint: `http://127.0.0.1:${nobody}/hooks/mail` });
  await post(`/suppressions?tenant_id=${SHOP}`, {
    suppressions: [{ address: "moved-away@example.org", reason: "asked not to be written to" }],
  });
  await post(`/commands/suspend?tenant_id=${SHOP}&batch_code=spring-sale`);
}

async function write(proxy: ProxyUnderTest): Promise<void> {
  const tomorrow = { deferred_ts: Math.floor(Date.now() / 1000) + HALF_A_DAY };
  const own: Letter[] = [
    ...Array.from({ length: REFUSED }, (_, n) => order(n)),
    order(REFUSED, "gone@example.net"),
    order(GREYLISTED, "busy@example.net"),
    { ...order(TOMORROW), ...tomorrow },
    { ...order(CANCELED), ...tomorrow },
    campaign("spring", "spring-sale", 1),
    campaign("spring", "spring-sale", 2),
    campaign("news", "news-march", 1),
  ];
  const messages = [
    ...own.map((letter) => ({ ...letter, tenant_id: SHOP })),
    { ...subscription(1), tenant_id: ROASTERY },
    { ...subscription(2), tenant_id: ROASTERY },
  ];
  await done(proxy, "/commands/add-messages", { messages });
  await done(proxy, `/messages/${order(CANCELED).id}/cancel?tenant_id=${SHOP}`);
}

async function settled(proxy: ProxyUnderTest): Promise<void> {
  const is = async (path: string, field: string, wanted: string) =>
    (await proxy.call("GET", `${path}?tenant_id=${SHOP}`)).body[field] === wanted;
  for (const [n, status] of [[FIRST, "sent"] as const, [REFUSED, "error"] as const, [GREYLISTED, "deferred"] as const])
    await proxy.until(() => is(`/messages/${order(n).id}`, "status", status));
  await proxy.until(() => is("/account/newsletter", "state", "paused"));
}

/** The first order's mail, after its server had taken it. */
async function comesBack(proxy: ProxyUnderTest, id: string): Promise<void> {
  const { body } = await proxy.call("GET", `/messages/${id}?tenant_id=${SHOP}`);
  const [to] = body.recipients as { address: string }[];
  const mail = bounce({ pk: String(body.pk), recipients: [{ address: to?.address ?? "" }] });
  const headers = { "X-API-Token": ADMIN_TOKEN, "Content-Type": "message/rfc822" };
  expect(await proxy.send("/bounces", { method: "POST", headers, body: mail })).toMatchObject({ status: 200 });
}

async function done(proxy: ProxyUnderTest, path: string, body?: object): Promise<void> {
  const { status, body: answered } = await proxy.call("POST", path, body);
  expect(status, `${path}: ${JSON.stringify(answered)}`).toBeLessThan(300);
  expect(answered, path).toMatchObject({ ok: true });
}
