/** A machine whose Postfix hands everything to the proxy by SMTP, by its settings in docs/smtp.md. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { expect, onTestFailed, onTestFinished, test } from "vitest";
import { CA_FILE } from "../ingress-clients/clients.ts";
import { read } from "../ingress-clients/far-end.ts";
import { submissionWorld } from "../ingress-clients/world.ts";
import { temporaryFolder } from "../support/database.ts";
import { blocks } from "../support/pages.ts";
import { openPostfix } from "./postfix.ts";

const NOBODY = 1;
const world = submissionWorld();

test("what a machine mails to its own Postfix arrives through the proxy, with a login inside TLS", async (context) => {
  const { port, user, password } = world().server("starttls");
  const relay = `[localhost]:${port}`;
  const settings = (blocks("docs/smtp.md", "ini").find((text) => text.includes("relayhost")) ?? "")
    .replace("[mail.example.com]:2525", relay)
    .replace(/smtp_tls_CApath = .*/, `smtp_tls_CAfile = ${CA_FILE}`)
    .replace("/etc/postfix/proxy-key", fileOf(`${relay} ${user}:${password}\n`));
  const postfix = await openPostfix({ domain: "here.example", lmtpPort: NOBODY, deadDomain: "dead.example", settings });
  if ("unavailable" in postfix) return context.skip(postfix.unavailable);
  onTestFinished(postfix.close);
  onTestFailed(() => console.log(postfix.log(), world().proxy.log()));

  const { host, port: submission } = postfix;
  const transport = createTransport({ host, port: submission, ignoreTLS: true });
  const to = ["ann@example.com", "bob@example.com"];
  const raw = "From: root (Cron Daemon)\r\nTo: root\r\nSubject: Cron\r\n\r\n12 files saved\r\n";
  await transport.sendMail({ envelope: { from: "root@backup.example", to }, raw });

  const arrived = await world().far.when(({ recipients }) => recipients.includes("ann@example.com"));
  const mail = await read(arrived);
  expect(arrived).toMatchObject({ from: "root@backup.example", recipients: to });
  expect(mail.from?.value[0]?.address).toBe("root@mx.test.invalid");
  expect(mail.text).toBe("12 files saved\n");
});

/** Where Postfix, which is another user, can read it. */
function fileOf(text: string): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const path = join(folder, "proxy-key");
  writeFileSync(path, text);
  return path;
}
