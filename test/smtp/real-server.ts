/** The npm package smtp-server as a server of the tests: an implementation that knows nothing of ours. */
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";
import { testCertificate } from "../support/smtp-server.ts";

export interface RealServer {
  port: number;
  messages: { from: string; recipients: string[]; text: string; secure: boolean; dsn: unknown }[];
}

export async function startRealServer(options: SMTPServerOptions = {}): Promise<RealServer> {
  const messages: RealServer["messages"] = [];
  const server = new SMTPServer({
    ...testCertificate(),
    authOptional: true,
    disableReverseLookup: true,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        messages.push({
          from: mailFrom === false ? "" : mailFrom.address,
          recipients: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
          secure: session.secure,
          dsn: { ...(mailFrom !== false && mailFrom.args), rcpt: rcptTo.map(({ args }) => args) },
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined); // clients that break off are part of the tests
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  return { port: (server.server.address() as AddressInfo).port, messages };
}
