/** The service over a queue that another tenant has filled: low-priority mail for a willing server, and for one that is silent. */
import { startService } from "../../src/cli/service.ts";
import { required } from "../answering.ts";
import { letter } from "../letters.ts";
import { addTenant, benchConfig, type Call, openProxy } from "../proxy.ts";
import { serveAsked } from "../serving.ts";

const BATCH = 1_000;

const database = required("database");
const { call, close } = await openProxy(benchConfig(database, { MAIL_PROXY_SCHEDULER_ACTIVE: "false" }));
const token = await addTenant(call, { smtpPort: Number(required("smtp")), reportPort: undefined });
const backlog = Number(required("backlog"));
if (backlog > 0) {
  await call("POST", "/tenant", { id: "noisy" });
  await fill(call, "willing", Number(required("willing")), backlog);
  await fill(call, "silent", Number(required("silent")), BATCH);
}
await close();

// What waits for the silent server is given back soon when the benchmark is over.
const service = await startService(benchConfig(database, { MAIL_PROXY_SHUTDOWN_SECONDS: "1" }));
await serveAsked({ port: service.port, token });
await service.stop();

async function fill(call: Call, account_id: string, port: number, count: number): Promise<void> {
  await call("POST", "/account", { id: account_id, tenant_id: "noisy", host: "127.0.0.1", port, tls: "none" });
  for (let start = 0; start < count; start += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, count - start) }, (_, n) => {
      return { id: `${account_id}${start + n}`, tenant_id: "noisy", account_id, priority: "low", ...letter(start + n) };
    });
    await call("POST", "/commands/add-messages", { messages });
  }
}
