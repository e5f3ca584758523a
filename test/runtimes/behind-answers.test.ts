/** The short drains behind the answers of one isolate. */
import { expect, test } from "vitest";
import { endpoint } from "../reports/support.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, message, startInvocations } from "./invocations.ts";

test("many requests at once open no more connections than one, and all their mail goes out without the cron", async ({
  skip,
}) => {
  const on = await startInvocations();
  if ("unavailable" in on) return skip(on.unavailable);
  let open = 0;
  let most = 0;
  const server = await startSmtpServer({
    answer: ({ verb, connection }) => {
      if (verb === "EHLO") {
        open += 1;
        most = Math.max(most, open);
        connection.socket.on("close", () => (open -= 1));
      }
      return undefined;
    },
  });
  await addTenant(on, "acme", [server.port]);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => on.call("POST", "/commands/add-messages", { messages: [message(`m${n}`)] })),
  );
  expect(answers.map(({ body }) => body.queued)).toEqual(answers.map(() => 1));
  await on.settled();
  expect(new Set(server.messages.map(({ wire }) => /^Subject: .*$/m.exec(wire)?.[0])).size).toBe(40);
  expect(server.messages).toHaveLength(40);
  expect(most).toBeLessThanOrEqual(4);
});

test("a server that stalls holds up no mail of other requests", async ({ skip }) => {
  const on = await startInvocations({ TICK_SECONDS: "2" });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({
    answer: ({ verb, connection }) => {
      const first = server.connections.indexOf(connection) === 0;
      return first && verb === "BODY" ? { next: "stall" } : undefined;
    },
  });
  await addTenant(on, "acme", [server.port]);
  await on.call("POST", "/commands/add-messages", { messages: [message("stalled")] });
  await server.until(() => server.heard.length === 1);
  await on.call("POST", "/commands/add-messages", { messages: [message("next")] });
  await server.until(() => server.messages.some(({ wire }) => wire.includes("Subject: next")));
  expect((await on.call("GET", "/messages/stalled")).body).toMatchObject({ status: "sending" });
  await on.settled();
  expect((await on.call("GET", "/messages/stalled")).body).toMatchObject({ status: "deferred", outcome_unknown: true });
  expect((await on.call("GET", "/messages/next")).body).toMatchObject({ status: "sent" });
});

test("mail that comes while a drain uses up its budget goes as well, without the cron", async ({ skip }) => {
  const on = await startInvocations();
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  await addTenant(on, "acme", [server.port]);
  await addTenant(on, "other", [server.port]);
  const sixty = Array.from({ length: 60 }, (_, n) => message(`m${n}`, { tenant_id: "acme" }));
  await on.call("POST", "/commands/add-messages", { messages: sixty });
  await server.until(() => server.messages.length > 0);
  await on.call("POST", "/commands/add-messages", { messages: [message("one", { tenant_id: "other" })] });
  await on.settled();
  expect((await on.call("GET", "/messages/one?tenant_id=other")).body).toMatchObject({ status: "sent" });
});

test("a call that brings no work leaves none behind but its line in the command log", async ({ skip }) => {
  const on = await startInvocations();
  if ("unavailable" in on) return skip(on.unavailable);
  await on.call("PUT", "/instance", { name: "edge" });
  await on.settled();
  on.roundTrips();
  expect(await on.call("PUT", "/instance", { name: "edge" })).toMatchObject({ status: 200 });
  on.roundTrips();
  await on.settled();
  expect(on.roundTrips().map(([sql]) => sql?.slice(0, 23))).toEqual(["insert into command_log"]);
});

test("in TEST_MODE nothing goes before run-now, which sends and reports", async ({ skip }) => {
  const on = await startInvocations({ TEST_MODE: "true" });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  const client = await endpoint();
  await addTenant(on, "acme", [server.port], client.url);
  await on.call("POST", "/commands/add-messages", { messages: [message("m")] });
  await on.settled();
  await on.cron();
  expect([server.messages, client.calls]).toEqual([[], []]);
  expect(await on.call("POST", "/commands/run-now")).toMatchObject({ status: 200 });
  await on.settled();
  expect(server.messages).toHaveLength(1);
  expect(client.calls.flatMap(({ reports }) => reports.map(({ id }) => id))).toEqual(["m"]);
});
