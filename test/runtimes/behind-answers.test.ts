/** The short drains behind the answers of one isolate. */
import { expect, test } from "vitest";
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
