/** Rate limits: exact, and told. */
import { expect } from "vitest";
import { openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

const FIVE = ["m1", "m2", "m3", "m4", "m5"].map((id) => ({ id }));

export function limits({ proxy, promise }: Promises): void {
  promise("a limit of two a minute sends two now, and defers the rest to the next slot", async () => {
    const tenant = await openTenant(proxy, { account: { limit_per_minute: 2 } });
    const begun = Date.now() / 1000;
    await tenant.queue(...FIVE);
    const [report] = await tenant.untilReported("m3");
    expect(report).toMatchObject({ deferred_reason: "rate_limit", deferred_ts: expect.any(Number) });
    expect(Number(report?.deferred_ts)).toBeGreaterThanOrEqual(Math.floor(begun + 60));
    expect(Number(report?.deferred_ts)).toBeLessThanOrEqual(Date.now() / 1000 + 61);
    await tenant.untilShows("m2", { status: "sent" });
    await tenant.call("POST", "/commands/run-now");
    expect(await tenant.account()).toMatchObject({ sent_last_minute: 2 });
    expect(tenant.server.messages).toHaveLength(2);
  });

  promise("the accounts of a tenant share its limit", async () => {
    const tenant = await openTenant(proxy, { tenant: { rate_limits: { hour: 3 } } });
    await tenant.saveAccount({ id: "second", use_tls: false });
    await tenant.queue(...FIVE.map(({ id }, n) => ({ id, account_id: n % 2 === 0 ? "default" : "second" })));
    await tenant.untilTaken(3);
    await tenant.call("POST", "/commands/run-now");
    await proxy.until(async () => {
      const { body } = await tenant.call("GET", "/messages?status=sent");
      return (body.messages as unknown[]).length === 3;
    });
    expect(tenant.server.messages).toHaveLength(3);
  });

  promise("an account whose `limit_behavior` is `reject` fails what is over its limit", async () => {
    const tenant = await openTenant(proxy, { account: { limit_per_hour: 1, limit_behavior: "reject" } });
    await tenant.queue({ id: "m1" });
    await tenant.untilShows("m1", { status: "sent" });
    await tenant.queue({ id: "m2" });
    expect(await tenant.untilReported("m2")).toMatchObject([{ error: "rate limit exceeded" }]);
    expect(tenant.server.messages).toHaveLength(1);
  });
}
