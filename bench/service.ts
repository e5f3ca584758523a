/** The service as it is, a process over a fresh database with one tenant: tells where it listens, and when asked its cost. */
import { startService } from "../src/cli/service.ts";
import { option, required } from "./answering.ts";
import { addTenant, benchConfig, openProxy } from "./proxy.ts";
import { serveAsked } from "./serving.ts";

const reports = option("reports");
const config = benchConfig(required("database"), { MAIL_PROXY_SCHEDULER_ACTIVE: option("sends") ?? "true" });
const { call, close } = await openProxy(config);
const ports = { smtpPort: Number(required("smtp")), reportPort: reports === undefined ? undefined : Number(reports) };
const token = await addTenant(call, ports);
await close();

const service = await startService(config);
await serveAsked({ port: service.port, token });
await service.stop();
