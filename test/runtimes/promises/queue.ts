/** What becomes of a message until its turn: ids, priorities, waiting, suspension, deletion. */
import { expect } from "vitest";
import type { Connection } from "../../support/smtp-server.ts";
import { header, openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

/** A moment that no test reaches. */
const TOMORROW = Math.floor(Date.now() / 1000) + 86_400;

export function queue({ proxy, promise }: Promises): void {
  promise("an id that waits is replaced, in flight it is `being sent`, afterwards `already sent`", async () => {
    let held: Connection | undefined;
    const tenant = await openTenant(proxy, {
      smtp: {
        answer({ verb, connection }) {
          if (verb !== "BODY") return undefined;
          held = connection;
          return { raw: "" };
        },
      },
    });
    const again = async () => (await tenant.add({ id: "m1" })).body.rejected;
    await tenant.queue({ id: "m1", subject: "First", deferred_ts: TOMORROW });
    await tenant.queue({ id: "m1", subject: "Second" });
    await proxy.until(() => held !== undefined);
    expect(await again()).toEqual([{ id: "m1", reason: "being sent" }]);
    held?.socket.write("250 2.0.0 at last\r\n");
    await tenant.untilShows("m1", { status: "sent" });
    expect(await again()).toEqual([{ id: "m1", reason: "already sent" }]);
    expect(tenant.server.heard.map((wire) => header(wire, "Subject"))).toEqual(["Second"]);
  });

  promise("what waits goes by priority, then first in, first out, over one connection", async () => {
    const tenant = await openTenant(proxy, { account: { max_connections: 1, batch_size: 2 } });
    await tenant.call("POST", "/commands/suspend");
    const named = (id: string, priority: number | string) => ({ id, subject: id, priority });
    await tenant.queue(named("low", "low"), named("medium-1", 2), named("immediate", 0), named("high-1", "high"));
    await tenant.queue(named("high-2", 1), named("medium-2", "medium"));
    await tenant.call("POST", "/commands/activate");
    const taken = await tenant.untilTaken(6);
    expect(taken.map(({ wire }) => header(wire, "Subject"))).toEqual([
      ...["immediate", "high-1", "high-2", "medium-1", "medium-2", "low"],
    ]);
    expect(tenant.server.connections).toHaveLength(1);
  });

  promise("a deferred message goes when it is due, and not with what goes before", async () => {
    let goneAt = 0;
    const tenant = await openTenant(proxy, {
      smtp: {
        answer({ line }) {
          if (line.startsWith("RCPT TO:<later@")) goneAt = Date.now();
          return undefined;
        },
      },
    });
    const dueAt = Date.now() + 800;
    await tenant.queue({ id: "later", to: ["later@example.net"], deferred_ts: dueAt / 1000 }, { id: "now" });
    expect(await tenant.message("later")).toMatchObject({ status: "deferred", deferred_ts: Math.floor(dueAt / 1000) });
    await tenant.untilTaken(2);
    expect(goneAt).toBeGreaterThanOrEqual(dueAt);
  });

  promise("a message that is not sent by its `expires_ts` is given up, and reported", async () => {
    const tenant = await openTenant(proxy);
    await tenant.call("POST", "/commands/suspend");
    await tenant.queue({ id: "m1", expires_ts: Date.now() / 1000 + 0.8 });
    const [report] = await tenant.untilReported("m1");
    expect(report).toMatchObject({ error: expect.stringMatching(/expired/), error_ts: expect.any(Number) });
    expect(await tenant.message("m1")).toMatchObject({ status: "error", attempts: 0 });
  });

  promise("a suspended batch waits until it is activated, and a suspended tenant with all it has", async () => {
    const tenant = await openTenant(proxy);
    const steer = async (verb: string, batch = "") =>
      tenant.call("POST", `/commands/${verb}${batch === "" ? "" : `?batch_code=${batch}`}`);
    expect((await steer("suspend", "june")).body).toMatchObject({ ok: true, suspended_batches: ["june"] });
    await tenant.queue({ id: "held", batch_code: "june" }, { id: "other", batch_code: "july" });
    await tenant.untilShows("other", { status: "sent" });
    expect(await tenant.message("held")).toMatchObject({ status: "pending", attempts: 0 });

    expect((await steer("suspend")).body).toMatchObject({ suspended_batches: expect.arrayContaining(["*"]) });
    expect(await steer("activate", "june")).toMatchObject({ status: 409, body: { code: "conflict" } });
    await tenant.queue({ id: "without-a-batch" });
    expect((await steer("activate")).body).toMatchObject({ ok: true, suspended_batches: [] });
    await tenant.untilTaken(3);
  });

  promise("a message that waits can be deleted, and what is over and reported is cleaned up", async () => {
    const tenant = await openTenant(proxy);
    await tenant.queue({ id: "waits", deferred_ts: TOMORROW }, { id: "goes" });
    const { body } = await tenant.call("POST", "/commands/delete-messages", { ids: ["waits", "unheard-of"] });
    expect(body).toMatchObject({ ok: true, removed: 1, not_found: ["unheard-of"] });
    await tenant.untilReported("goes");
    await proxy.until(async () => {
      await tenant.call("POST", "/commands/cleanup-messages", { older_than_seconds: 0 });
      return (await tenant.call("GET", "/messages/goes")).status === 404;
    });
    expect((await tenant.call("GET", "/messages")).body).toMatchObject({ messages: [] });
    expect(tenant.server.messages).toHaveLength(1);
  });

  promise("a canceled message waits for nobody; sent again, it goes to those alone who have not had it", async () => {
    const refused = { stands: true };
    const tenant = await openTenant(proxy, {
      smtp: {
        answer: ({ verb, line }) =>
          verb === "RCPT" && line.includes("<b@") && refused.stands ? "550 5.1.1 no" : undefined,
      },
    });
    await tenant.queue(
      { id: "waits", deferred_ts: TOMORROW },
      { id: "partly", to: ["a@example.net", "b@example.net"] },
    );
    expect(await tenant.call("POST", "/messages/waits/cancel")).toMatchObject({ status: 200 });
    expect(await tenant.message("waits")).toMatchObject({ status: "canceled" });
    expect(await tenant.call("POST", "/messages/waits/cancel")).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
    await tenant.untilShows("partly", { status: "sent" });
    refused.stands = false;
    expect(await tenant.call("POST", "/messages/partly/retry")).toMatchObject({ status: 200 });
    expect(await tenant.call("POST", "/messages/waits/retry")).toMatchObject({ status: 200 });
    const taken = await tenant.untilTaken(3);
    expect(taken.map(({ recipients }) => recipients)).toEqual(
      expect.arrayContaining([["a@example.net"], ["b@example.net"], ["a@example.net"]]),
    );
    expect(taken.filter(({ recipients }) => recipients.includes("b@example.net"))).toHaveLength(1);
    await tenant.untilShows("waits", { status: "sent" });
  });
}
