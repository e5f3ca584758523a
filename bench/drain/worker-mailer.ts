/** worker-mailer alone: a mailer a connection, each sending one message after the other; nothing stored, nothing reported. */
import { WorkerMailer } from "worker-mailer";
import { required, tell } from "../answering.ts";
import { letter } from "../letters.ts";

const count = Number(required("messages"));
const options = { host: "127.0.0.1", port: Number(required("smtp")), secure: false, startTls: false, logLevel: 4 };
const connections = Array.from({ length: Number(required("connections")) }, () => WorkerMailer.connect(options));
const mailers = await Promise.all(connections);

const cpu = process.cpuUsage();
const begin = Date.now();
let next = 0;
await Promise.all(
  mailers.map(async (mailer) => {
    while (next < count) await mailer.send(letter(next++));
  }),
);
const seconds = (Date.now() - begin) / 1000;
const { user, system } = process.cpuUsage(cpu);
await Promise.all(mailers.map((mailer) => mailer.close()));
tell({ seconds, cpuMicros: user + system });
process.exit(); // every reply leaves a timer of a minute behind
