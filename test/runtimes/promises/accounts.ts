/** Faults of an account: they pause it, cost its messages nothing, and end at once when they are mended. */
import { expect } from "vitest";
import { openTenant, type Tenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

const PASSWORD = "pass-phrase-of-the-account";

export function accounts({ proxy, promise }: Promises): void {
  /** Its server refuses the login for as long as `fault.stands`. */
  async function lockedOut(fault: { stands: boolean }): Promise<Tenant> {
    const tenant = await openTenant(proxy, {
      smtp: {
        extensions: ["AUTH PLAIN"],
        answer: ({ verb }) => (verb === "AUTH" && fault.stands ? "535 5.7.8 wrong" : undefined),
      },
      account: { user: "user", password: PASSWORD },
    });
    await tenant.queue({ id: "m1" }, { id: "m2" });
    await tenant.untilAccountIs("paused");
    return tenant;
  }

  promise("a refused login pauses the account and costs its messages no retry; a resume ends the pause", async () => {
    const fault = { stands: true };
    const tenant = await lockedOut(fault);
    expect(await tenant.account()).toMatchObject({
      last_error: expect.stringMatching(/535/),
      paused_until: expect.any(Number),
      has_password: true,
    });
    expect(await tenant.message("m1")).toMatchObject({ status: "pending", attempts: 0, error: null });
    fault.stands = false;
    expect((await tenant.call("POST", "/account/default/resume")).status).toBe(200);
    await tenant.untilTaken(2);
    expect(await tenant.untilShows("m1", { status: "sent" })).toMatchObject({ attempts: 1 });
  });

  promise("a test of an account tells each step, and ends its pause when it passes", async () => {
    const fault = { stands: true };
    const tenant = await lockedOut(fault);
    const steps = async () => {
      const { body } = await tenant.call("POST", "/account/default/test");
      return (body.steps as { step: string; ok: boolean; detail: string | null }[]).map(
        ({ step, ok, detail }) => `${step}: ${ok ? "ok" : detail}`,
      );
    };
    expect(await steps()).toEqual(["connect: ok", "greeting: ok", "ehlo: ok", "auth: 535 5.7.8 wrong"]);
    fault.stands = false;
    expect(await steps()).toEqual(["connect: ok", "greeting: ok", "ehlo: ok", "auth: ok"]);
    expect(await tenant.account()).toMatchObject({ state: "ok" });
    await tenant.untilTaken(2);
  });

  promise("an account with messages that wait is deleted by force alone, and they are reported", async () => {
    const tenant = await openTenant(proxy);
    await tenant.call("POST", "/commands/suspend");
    await tenant.queue({ id: "m1" });
    expect(await tenant.call("DELETE", "/account/default")).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect((await tenant.call("DELETE", "/account/default?force=true")).status).toBe(200);
    expect(await tenant.untilReported("m1")).toMatchObject([{ error_ts: expect.any(Number) }]);
    expect((await tenant.call("GET", "/accounts")).body).toMatchObject({ accounts: [] });
  });
}
