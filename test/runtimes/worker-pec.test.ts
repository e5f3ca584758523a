/** Certified mail through the Worker: its cron notices the receipt that does not come, and tells of it in the same breath. */
import { expect, test } from "vitest";
import { endpoint } from "../reports/support.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, execute, message, startInvocations } from "./invocations.ts";

test("a cron reports the receipt that did not come, for one request more than it takes otherwise", async ({ skip }) => {
  const on = await startInvocations();
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  const client = await endpoint();
  await addTenant(on, "acme", [server.port], client.url);
  const account = { id: "default", tenant_id: "acme", is_pec_account: true };
  expect(await on.call("POST", "/account", account)).toMatchObject({ status: 200 });
  expect(await on.call("POST", "/commands/add-messages", { messages: [message("m")] })).toMatchObject({
    body: { queued: 1 },
  });
  await on.settled();
  const told = () => client.calls.flatMap(({ reports }) => reports).filter(({ pec_event }) => pec_event);
  await on.cron();
  on.roundTrips();
  await on.cron();
  const idle = on.roundTrips();
  expect(idle.filter(([sql]) => sql?.includes("pec_waits w"))).toHaveLength(1);
  expect(told()).toEqual([]);
  await execute(on, "update pec_waits set due_at = 0");
  await on.cron();
  expect(told()).toMatchObject([{ id: "m", pec_event: "pec_timeout", pec_details: "no receipt has come in time" }]);
  await on.cron();
  expect(told()).toHaveLength(1);
});
