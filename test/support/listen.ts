/** Anything that answers requests, behind a real port on this machine. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { onTestFinished } from "vitest";

/** Answers the origin; closed with the test. `undefined` breaks the connection off instead of an answer. */
export async function listen(answer: (request: Request) => Promise<Response | undefined>): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const listener = getRequestListener(
      async (request) => {
        const response = await answer(request);
        if (response === undefined) incoming.socket.destroy();
        return response ?? new Response();
      },
      { overrideGlobalObjects: false }, // what a test makes and compares is what the platform has
    );
    await listener(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
