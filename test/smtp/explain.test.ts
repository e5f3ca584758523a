/** A runtime may say what a failure to connect means; what a server says is told as it is. */
import { expect, test } from "vitest";
import { startSmtpServer } from "../support/smtp-server.ts";
import { account, openFault } from "./support.ts";

const explain = (error: string) => `explained: ${error}`;

test("a connection that did not come about is explained", async () => {
  const server = await startSmtpServer();
  const { port } = server;
  await server.close();
  const fault = await openFault(account(port, { explain }));
  expect(fault).toMatchObject({ stage: "connect", error: expect.stringMatching(/^explained: .*ECONNREFUSED/) });
});

test("a server that answers speaks for itself", async () => {
  const server = await startSmtpServer({ answer: ({ verb }) => (verb === "CONNECT" ? "554 no service" : undefined) });
  const fault = await openFault(account(server.port, { explain }));
  expect(fault).toMatchObject({ stage: "greeting", error: expect.stringMatching(/^554 /) });
});
