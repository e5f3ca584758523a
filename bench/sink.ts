/**
 * A loopback SMTP server that takes everything as fast as it can; as a process of its own it tells its port, and when
 * asked how many messages it took.
 */
import { answerAll, tell } from "./answering.ts";

const EHLO = "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 52428800\r\n";
const END = "\r\n.\r\n";

export interface Sink {
  port: number;
  taken(): number;
  stop(): void;
}

/** What came in and is not read yet, and whether it is a message's content (RFC 5321 4.1.1.4). */
interface Session {
  rest: string;
  data: boolean;
}

/** `onTaken` is told before the 250 of each message is on its way. */
export function startSink(onTaken: () => void = () => undefined): Sink {
  let taken = 0;
  const server = Bun.listen<Session>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { rest: "", data: false };
        socket.setNoDelay(true);
        socket.write("220 sink ESMTP\r\n");
      },
      data(socket, chunk) {
        const session = socket.data;
        session.rest += chunk.toString("latin1");
        const { replies, messages } = read(session);
        for (let n = 0; n < messages; n++) onTaken();
        taken += messages;
        // Replies are short: they fit into the socket's buffer, whatever the client does.
        if (replies !== "") socket.write(replies);
        if (replies.endsWith("221 bye\r\n")) socket.end();
      },
    },
  });
  return { port: server.port, taken: () => taken, stop: () => server.stop(true) };
}

/** Reads as many commands and messages as are complete, and answers all of them together. */
function read(session: Session): { replies: string; messages: number } {
  let replies = "";
  let messages = 0;
  let at = 0;
  for (;;) {
    const mark = session.data ? END : "\r\n";
    const end = session.rest.indexOf(mark, at);
    if (end === -1) break;
    if (session.data) {
      session.data = false;
      messages++;
      replies += "250 2.0.0 taken\r\n";
    } else {
      const verb = session.rest.slice(at, at + 4).toUpperCase();
      session.data = verb === "DATA";
      replies += REPLIES[verb] ?? "250 2.1.0 ok\r\n";
    }
    at = end + mark.length;
  }
  session.rest = session.rest.slice(at);
  return { replies, messages };
}

const REPLIES: Record<string, string> = { EHLO, DATA: "354 go on\r\n", QUIT: "221 bye\r\n" };

if (import.meta.main) {
  const sink = startSink();
  tell({ port: sink.port });
  await answerAll(sink.taken);
  sink.stop();
}
