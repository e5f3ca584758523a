/** What operators and their machines look at. */
import { expect } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

export function operations({ proxy, promise }: Promises): void {
  promise("`/health` and `/ready` answer anybody", async () => {
    expect(await proxy.call("GET", "/health", undefined, null)).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await proxy.call("GET", "/ready", undefined, null)).toMatchObject({
      status: 200,
      body: { status: "ready" },
    });
  });

  promise("`/openapi.json` describes the API to anybody, and `/docs` shows it", async () => {
    const { status, body } = await proxy.call("GET", "/openapi.json", undefined, null);
    expect([status, body.openapi, body.info]).toMatchObject([200, "3.1.0", { version: manifest.version }]);
    expect(body.paths).toMatchObject({ "/commands/add-messages": { post: { operationId: "addMessages" } } });
    const page = await proxy.text("/docs");
    expect(page).toMatch(/^<!doctype html>[\s\S]*<script nonce="[\w-]{36}">/);
    expect(page).not.toMatch(/(?:src|href)="(?!data:|openapi\.json)/);
  });

  promise("`/status` tells the version and what waits", async () => {
    const tenant = await openTenant(proxy);
    const waiting = async () => {
      const { body } = await proxy.call("GET", "/status");
      expect(body).toMatchObject({ ok: true, version: manifest.version, active: true, draining: false });
      return (body.queue as { held: number }).held;
    };
    const before = await waiting();
    await tenant.call("POST", "/commands/suspend");
    await tenant.queue({ id: "m1" }, { id: "m2" });
    expect(await waiting()).toBe(before + 2);
    await tenant.call("POST", "/commands/activate");
    await tenant.untilTaken(2);
  });

  promise("`/metrics` counts what was sent and given up, by tenant and account", async () => {
    const tenant = await openTenant(proxy, {
      smtp: { answer: ({ line }) => (/^RCPT.*<no@/.test(line) ? "550 5.1.1 no such user" : undefined) },
    });
    await tenant.queue({ id: "m1" }, { id: "m2" }, { id: "m3", to: ["no@example.net"] });
    const labels = `{tenant_id="${tenant.id}",account_id="default"}`;
    const counted = [`gmp_sent_total${labels} 2\n`, `gmp_errors_total${labels} 1\n`];
    await proxy.until(async () => {
      const text = await proxy.text("/metrics");
      return counted.every((line) => text.includes(line));
    });
    expect(await proxy.text("/metrics")).toMatch(/^# TYPE gmp_pending_messages gauge\ngmp_pending_messages \d+$/m);
  });

  promise("the command log keeps every changing call, and its export can be read line by line", async () => {
    const tenant = await openTenant(proxy);
    await tenant.call("POST", "/commands/suspend");
    type Entry = { endpoint: string };
    let kept: Entry[] = [];
    const find = (endpoint: string) => kept.find((entry) => entry.endpoint === endpoint);
    const suspend = `POST /commands/suspend?tenant_id=${tenant.id}`;
    await proxy.until(async () => {
      kept = (await tenant.call("GET", "/command-log")).body.commands as Entry[];
      return find("POST /account") !== undefined && find(suspend) !== undefined;
    });
    expect(find(suspend)).toMatchObject({ tenant_id: tenant.id, status: 200, result: { suspended_batches: ["*"] } });
    const lines = (await proxy.text(`/command-log/export?tenant_id=${tenant.id}`)).trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as unknown);
    expect(entries).toEqual(kept.toReversed());
  });
}
