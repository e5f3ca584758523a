/** The cron in workerd works off a long queue within its budget, tick by tick, and reports all of it. */
import { describe, expect } from "vitest";
import { endpoint } from "../reports/support.ts";
import { startSink } from "../support/counting-sink.ts";
import { WorkerOfTests } from "./dev-worker.ts";

const MESSAGES = 1_000;
const BATCH = 250;

describe.each([
  [
    "of 400 messages a tick",
    { TICK_MESSAGES: "400", TICK_SUBREQUESTS: "10000" },
    (ticks: number[]) => expect(ticks).toEqual([400, 800, 1_000]),
  ],
  ["of the free plan's 50 subrequests", {}, (ticks: number[]) => expect(ticks.length).toBeLessThanOrEqual(6)],
] as const)("a budget %s", (_, settings, expectTicks) => {
  const dev = new WorkerOfTests({ settings: { LOG_LEVEL: "warning", ...settings } });

  dev.promise(
    "a thousand deferred messages leave in as many ticks as it allows, each once, and all are reported",
    async () => {
      const { proxy } = dev;
      const sink = await startSink();
      const client = await endpoint();
      await proxy.call("POST", "/tenant", { id: "later", client_base_url: client.url });
      const account = { id: "default", tenant_id: "later", host: "127.0.0.1", port: sink.port, use_tls: false };
      expect(await proxy.call("POST", "/account", account)).toMatchObject({ status: 200 });
      const due = Math.ceil(Date.now() / 1000) + 3;
      for (let n = 0; n < MESSAGES; n += BATCH) {
        const messages = Array.from({ length: BATCH }, (_, k) => deferred(`m${n + k}`, due));
        expect(await proxy.call("POST", "/commands/add-messages", { messages })).toMatchObject({
          body: { queued: BATCH },
        });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(due * 1000 - Date.now(), 0)));

      const ticks: number[] = [];
      while (sink.taken.length < MESSAGES) {
        await proxy.cron();
        ticks.push(sink.taken.length);
      }
      expectTicks(ticks);
      expect(sink.distinct).toBe(MESSAGES);
      while (reported(client.calls).length < MESSAGES) await proxy.cron();
      expect(new Set(reported(client.calls)).size).toBe(MESSAGES);
      expect(sink.taken).toHaveLength(MESSAGES);
    },
  );
});

function deferred(id: string, due: number): object {
  const address = { from: "app@example.com", to: ["a@example.net"] };
  return { id, tenant_id: "later", ...address, subject: id, body: "Hello", deferred_ts: due };
}

function reported(calls: readonly { reports: Record<string, unknown>[] }[]): string[] {
  const sent = calls.flatMap(({ reports }) => reports).filter((report) => "sent_ts" in report);
  return sent.map(({ id }) => String(id));
}
