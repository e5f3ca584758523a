/** Fills a fresh queue through the API and ends: the drain that follows starts with a process that has done nothing else. */
import { required, tell } from "../answering.ts";
import { letter } from "../letters.ts";
import { addTenant, benchConfig, openProxy } from "../proxy.ts";

const BATCH = 1_000;

const count = Number(required("messages"));
const { call, close } = await openProxy(benchConfig(required("database"), { MAIL_PROXY_SCHEDULER_ACTIVE: "false" }));
await addTenant(call, { smtpPort: Number(required("smtp")), reportPort: Number(required("reports")) });
for (let start = 0; start < count; start += BATCH) {
  const length = Math.min(BATCH, count - start);
  const messages = Array.from({ length }, (_, n) => ({ id: `m${start + n}`, ...letter(start + n) }));
  const { queued } = await call<{ queued: number }>("POST", "/commands/add-messages", { messages });
  if (queued !== length) throw new Error(`of ${length} messages ${queued} were queued`);
}
await close();
tell({ queued: count });
