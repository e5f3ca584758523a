/** A loopback SMTP server that takes everything as fast as it can: run as a process of its own, it prints its port. */
import { createServer } from "node:net";

/** 250-lines as a modern server sends them. */
const EHLO = "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 52428800\r\n";
const END = Buffer.from("\r\n.\r\n");

export function startSink(): Promise<{ port: number; close(): void }> {
  const server = createServer({ noDelay: true }, (socket) => {
    let data = false;
    let rest: Buffer = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.write("220 sink ESMTP\r\n");
    socket.on("data", (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let answer = "";
      for (;;) {
        const mark = data ? END : "\r\n";
        const end = rest.indexOf(mark);
        if (end < 0) break;
        const line = data ? "" : rest.toString("latin1", 0, end);
        rest = rest.subarray(end + mark.length);
        if (data) {
          data = false;
          answer += "250 2.0.0 taken\r\n";
        } else if (/^(EHLO|HELO)/i.test(line)) answer += EHLO;
        else if (/^DATA/i.test(line)) {
          data = true;
          answer += "354 go on\r\n";
        } else if (/^QUIT/i.test(line)) answer += "221 bye\r\n";
        else answer += "250 2.1.0 ok\r\n";
      }
      if (answer !== "") socket.write(answer);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : 0,
        close: () => server.close(),
      });
    });
  });
}

if (import.meta.main) {
  const { port } = await startSink();
  console.log(port);
}
