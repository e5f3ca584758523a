/** Servers that never stop talking cost no memory: what they say is cut off, not kept. */
import { expect, test } from "vitest";
import { Session } from "../../src/smtp/session.ts";
import { account, envelope, MESSAGE } from "../smtp/support.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";
import { at } from "./provoke.ts";

const FLOOD_BYTES = 200e6;
/** What a runtime keeps in hand, and what one flood holds in the buffers of sockets on both sides. */
const ALLOWED_BYTES = 64e6;

const FLOODS: Record<string, Script> = {
  "a reply without an end": at("EHLO", { raw: "250-and another thing\r\n".repeat(2_000), flood: true }),
  "a line without an end": at("EHLO", { raw: "2".repeat(64_000), flood: true }),
  "replies that nobody asked for": at("EHLO", {
    reply: "250 hello",
    raw: "250 and again\r\n".repeat(4_000),
    flood: true,
  }),
  "a reply without an end, to a message": at("BODY", { raw: "250-and another thing\r\n".repeat(2_000), flood: true }),
};

test.each(Object.entries(FLOODS))("200 MB of %s leave memory flat", { timeout: 60_000 }, async (_, script) => {
  const server = await startSmtpServer(script);
  const flooded = () => server.connections.reduce((sum, { socket }) => sum + socket.bytesWritten, 0);
  await attempt(server.port); // what is made once is there
  const before = process.memoryUsage.rss();
  let peak = before;
  while (flooded() < FLOOD_BYTES) {
    await attempt(server.port);
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  expect(peak - before).toBeLessThan(ALLOWED_BYTES);
});

async function attempt(port: number): Promise<void> {
  const session = await Session.open(account(port));
  if (!(session instanceof Session)) return;
  expect((await session.send(envelope(), MESSAGE)).kind).toBe("lost");
}
