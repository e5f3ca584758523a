/**
 * A database as it stands after a busy week: a hundred messages are really sent, refused or waiting, and then copied with all that
 * belongs to them, as often as is wanted, over the week before.
 */
import type { CompleteConfig } from "../../src/cli/settings.ts";
import { type Call, openProxy, openServed } from "../proxy.ts";
import { startSink } from "../sink.ts";
import { copyMessages } from "./copies.ts";
import { addHistory } from "./history.ts";

const TENANTS = 5;
/** Of each tenant, by what becomes of them: six of ten are sent, three are refused. */
const SENT = 12;
const REFUSED = 6;
const LATER = 1;
const STUCK = 1;
const TEMPLATES = TENANTS * (SENT + REFUSED + LATER + STUCK);
const DAY_SECONDS = 86_400;
const LOOK_MS = 20;

/** `messages`: a multiple of a hundred. */
export async function fill(config: CompleteConfig, messages: number): Promise<void> {
  await sendTemplates({ ...config, schedulerActive: true });
  const { db, close } = await openServed(config);
  await copyMessages(db, messages / TEMPLATES - 1);
  await addHistory(db);
  await close();
}

async function sendTemplates(config: CompleteConfig): Promise<void> {
  const sink = startSink();
  const { app, call, close } = await openProxy(config);
  await app.start();
  for (let n = 0; n < TENANTS; n++) {
    const tenant_id = `tenant-${n}`;
    const account = { tenant_id, host: "127.0.0.1", tls: "none" };
    await call("POST", "/tenant", { id: tenant_id, name: `Tenant ${n}` });
    await call("POST", "/account", { ...account, id: "orders", port: sink.port, limit_per_day: 1_000_000 });
    await call("POST", "/account", { ...account, id: "newsletter", port: 1 });
    await call("POST", `/webhooks?tenant_id=${tenant_id}`, { endpoint: `http://127.0.0.1:1/${n}` });
    const gone = { address: `gone@${tenant_id}.example`, reason: "550 5.1.1 no such user" };
    await call("POST", `/suppressions?tenant_id=${tenant_id}`, { suppressions: [gone] });
    await call("POST", "/commands/add-messages", { messages: templatesOf(tenant_id) });
  }
  for (let n = 0; n < TENANTS; n++) await areSettled(call, `tenant-${n}`);
  await app.stop();
  await close();
  sink.stop();
}

async function areSettled(call: Call, tenantId: string): Promise<void> {
  const count = async (status: string) => {
    const path = `/messages?tenant_id=${tenantId}&status=${status}&limit=500`;
    return (await call<{ messages: unknown[] }>("GET", path)).messages.length;
  };
  while ((await count("sent")) < SENT || (await count("error")) < REFUSED) await Bun.sleep(LOOK_MS);
}

function templatesOf(tenant_id: string): object[] {
  const one = (kind: string, n: number, over: object = {}) => ({
    tenant_id,
    account_id: "orders",
    id: `${kind}-${n}`,
    from: `shop@${tenant_id}.example`,
    to: [`reader${n}@example.net`],
    subject: `Your order ${n}`,
    text: "A message of ordinary length.\n".repeat(20),
    ...over,
  });
  const many = (count: number, make: (n: number) => object) => Array.from({ length: count }, (_, n) => make(n));
  return [
    ...many(SENT, (n) => one("order", n)),
    ...many(REFUSED, (n) => one("gone", n, { to: [`gone@${tenant_id}.example`] })),
    ...many(LATER, (n) => one("later", n, { deferred_ts: Math.floor(Date.now() / 1000) + DAY_SECONDS })),
    ...many(STUCK, (n) => one("news", n, { account_id: "newsletter", batch_code: "news" })),
  ];
}
