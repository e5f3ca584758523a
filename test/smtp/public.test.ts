import { expect, test } from "vitest";
import { startSmtpServer } from "../support/smtp-server.ts";
import { account, openFault } from "./support.ts";

test("a host that must be public gets no byte at a private address, and a closed port looks the same", async () => {
  const server = await startSmtpServer();
  const { port } = server;
  const open = await openFault(account(port, { publicOnly: true }));
  expect(open).toMatchObject({ stage: "connect", error: "the host cannot be reached at a public address" });
  expect(server.lines).toEqual([]);
  await server.close();
  expect(await openFault(account(port, { publicOnly: true }))).toEqual(open);
});
