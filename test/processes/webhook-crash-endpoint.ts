/** The endpoint of the webhook crash test: it takes its time, then everything, and keeps every call that came whole. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** Kills find calls that are under way, read and not answered, answered and not written down. */
const THINK_MS = 3;

export interface Call {
  tenant: string;
  /** `webhook-id`. */
  id: string;
  event: string;
  body: string;
  /** Unix milliseconds. */
  at: number;
}

export async function startWebhookEndpoint(): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    try {
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
    } catch {
      return; // its process was killed before it had said all
    }
    const { data } = JSON.parse(body) as { data: { tenant_id: string; event_id: string } };
    const id = String(request.headers["webhook-id"]);
    calls.push({ tenant: data.tenant_id, id, event: data.event_id, body, at: Date.now() });
    await pause(THINK_MS);
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}
