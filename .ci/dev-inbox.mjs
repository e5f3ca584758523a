// An SMTP server on this machine that prints each mail it gets, for whoever tries the Worker and has none at hand.
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

/** Answers where it listens, as host:port. */
export async function startInbox() {
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData: async (stream, { envelope }, done) => {
      const to = envelope.rcptTo.map(({ address }) => address).join(", ");
      console.log(`\na mail has come to ${to}:\n${await text(stream)}`);
      done();
    },
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `127.0.0.1:${server.server.address().port}`;
}
