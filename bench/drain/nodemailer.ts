/** nodemailer's pool alone, always with enough messages at hand for all of its connections; nothing stored, nothing reported. */
import { createTransport } from "nodemailer";
import { required, tell } from "../answering.ts";
import { letter } from "../letters.ts";

const count = Number(required("messages"));
const connections = Number(required("connections"));
const transport = createTransport({
  pool: true,
  host: "127.0.0.1",
  port: Number(required("smtp")),
  secure: false,
  ignoreTLS: true,
  maxConnections: connections,
  maxMessages: Number.POSITIVE_INFINITY,
});

const cpu = process.cpuUsage();
const begin = Date.now();
let next = 0;
// Two senders a connection: while one message is on the wire, the next one waits in the pool.
await Promise.all(
  Array.from({ length: 2 * connections }, async () => {
    while (next < count) await transport.sendMail(letter(next++));
  }),
);
const seconds = (Date.now() - begin) / 1000;
const { user, system } = process.cpuUsage(cpu);
transport.close();
tell({ seconds, cpuMicros: user + system });
