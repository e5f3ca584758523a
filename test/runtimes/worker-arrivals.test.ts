/** Mail that an older version of the Worker kept: its cron reads it behind all else, so that none of it keeps others' mail waiting. */
import { encodeBase64 } from "hono/utils/encode";
import { expect, test } from "vitest";
import { bounce, bytes } from "../bounces/mails.ts";
import { endpoint } from "../reports/support.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, execute, message, startInvocations } from "./invocations.ts";

const KEEP = "insert into arrivals (hash, mail_from, rcpt_to, raw, arrived_at) values (?, '', 'b@example.com', ?, 0)";

test("a kept mail that ends the cron keeps no message from being sent and reported", async ({ skip }) => {
  const on = await startInvocations();
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  const client = await endpoint();
  await addTenant(on, "acme", [server.port], client.url);
  const soon = Math.ceil(Date.now() / 1000);
  await on.call("POST", "/commands/add-messages", { messages: [message("m", { deferred_ts: soon + 1 })] });
  await on.settled();
  await execute(on, KEEP, ["broken", "!"]);
  await new Promise((resolve) => setTimeout(resolve, (soon + 1) * 1000 - Date.now()));
  await expect(on.cron()).rejects.toThrow();
  expect(server.messages).toHaveLength(1);
  const [{ pk } = {}] = client.calls.flatMap(({ reports }) => reports);
  expect(pk).toBeTypeOf("string");

  // The one that can be read waits behind it no longer than until it is mended.
  await execute(on, "delete from arrivals");
  await execute(on, KEEP, ["whole", encodeBase64(bytes(bounce({ pk: String(pk) })).slice().buffer)]);
  await on.cron();
  expect(await execute(on, "select * from arrivals")).toEqual([]);
  await on.cron();
  expect(client.calls.flatMap(({ reports }) => reports)).toMatchObject([{ id: "m" }, { id: "m", bounce_type: "hard" }]);
});
