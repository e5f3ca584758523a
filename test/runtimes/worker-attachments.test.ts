/** What an invocation of the Worker gives to attachments: less time and less memory than a process of its own has. */
import { expect, test } from "vitest";
import { fileServer } from "../attachments/support.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { addTenant, type Invocations, message, startInvocations } from "./invocations.ts";

const MIB = 1024 * 1024;
const ALLOWED = { ATTACHMENT_ALLOW: "127.0.0.1" };

/** Put in and sent behind the answer; what then is told of it. */
async function sent(on: Invocations, id: string, attachments: object[]) {
  const messages = [message(id, { attachments })];
  expect(await on.call("POST", "/commands/add-messages", { messages })).toMatchObject({ body: { queued: 1 } });
  await on.settled();
  return (await on.call("GET", `/messages/${id}`)).body;
}

test("a file that does not come has 8 s, and its message is put off within the invocation", {
  timeout: 60_000,
}, async ({ skip }) => {
  const on = await startInvocations(ALLOWED);
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({});
  const silent = await fileServer(() => new Promise(() => undefined));
  await addTenant(on, "acme", [server.port]);
  const before = performance.now();
  const told = await sent(on, "m", [{ filename: "a.bin", storage_path: `${silent.url}/a` }]);
  expect(performance.now() - before).toBeLessThan(20_000);
  expect(told).toMatchObject({ status: "deferred", attempts: 1, error: expect.stringContaining("8 s") });
});

test("the files of one message have twice the 8 MiB that all share, whatever is set", { timeout: 60_000 }, async ({
  skip,
}) => {
  const on = await startInvocations({ ...ALLOWED, MAX_ATTACHMENT_BYTES: String(5 * MIB) });
  if ("unavailable" in on) return skip(on.unavailable);
  const server = await startSmtpServer({ extensions: ["PIPELINING", "8BITMIME"] });
  const content = Buffer.alloc(4.5 * MIB, "x");
  const files = await fileServer((_, response) => void response.end(content));
  await addTenant(on, "acme", [server.port]);
  const attachments = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ filename: `${n}.bin`, storage_path: `${files.url}/${n}` }));
  expect(await sent(on, "three", attachments(3))).toMatchObject({ status: "sent" });
  expect(await sent(on, "four", attachments(4))).toMatchObject({
    status: "error",
    error: expect.stringContaining(`more than ${16 * MIB} bytes`),
  });
});
