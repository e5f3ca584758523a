/** What a machine itself sends mail by, and the commands of docs/smtp.md, against the compiled binary. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { blocks } from "../support/pages.ts";
import { CA_FILE } from "./clients.ts";
import { type Arrived, read } from "./far-end.ts";
import { runProgram } from "./run-program.ts";
import { submissionWorld } from "./world.ts";

const TIMEOUT_MS = 60_000;
const PAGE = "docs/smtp.md";
const DOCUMENTED = "smtp://127.0.0.1:2525";

const world = submissionWorld();
const missing = { curl: whyNot("curl"), msmtp: whyNot("msmtp") };

/** As cron writes it: neither address is one, and the lines end as those of a file. */
const CRON_MAIL = [
  "From: root (Cron Daemon)",
  "To: root",
  "Subject: Cron <root@backup> /usr/local/bin/backup --all",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=UTF-8",
  "Content-Transfer-Encoding: 8bit",
  "X-Cron-Env: <SHELL=/bin/sh>",
  "",
  "12 Dateien gesichert: Grüße",
  ".",
  ".. und Schluss",
  "",
].join("\n");

test("the curls of docs/smtp.md hand over what stands in them", { timeout: TIMEOUT_MS }, async (context) => {
  context.skip(missing.curl !== undefined, missing.curl);
  const samples = blocks(PAGE, "sh").filter((text) => text.includes(DOCUMENTED));
  expect(samples).toHaveLength(2);
  const { port, password } = world().server("none");
  for (const sample of samples) {
    const command = sample.replace(DOCUMENTED, `smtp://127.0.0.1:${port} --silent --show-error`);
    const { code, output } = await runProgram("bash", ["-c", command], "", { KEY: password });
    expect(code, output).toBe(0);
  }

  const first = await arrival("Subject: Your order 17");
  expect(first).toMatchObject({ from: "shop@example.com", recipients: ["bob@example.com"] });
  expect(afterAdditions(first, "From:")).toBe(mailIn(samples[0]));
  const second = await arrival("Subject: Christmas is near");
  expect(second.recipients).toEqual(["bob@example.com", "ann@example.com"]);
  expect(afterAdditions(second, "From:")).toBe(mailIn(samples[1]).replace(/^(Bcc|X-Mail-Proxy-\w+): .*\r\n/gm, ""));
});

test("a mail with bare line feeds is refused", { timeout: TIMEOUT_MS }, async (context) => {
  context.skip(missing.curl !== undefined, missing.curl);
  const { port, password } = world().server("none");
  const args = [`smtp://127.0.0.1:${port}`, "--user", `shop:${password}`, "--mail-from", "a@example.com"];
  const mail = "From: a@example.com\nSubject: bare\n\ntext\n";
  const sent = await runProgram(
    "curl",
    [...args, "--mail-rcpt", "b@example.com", "--verbose", "--upload-file", "-"],
    mail,
  );
  expect(sent.code).not.toBe(0);
  expect(sent.output).toMatch(/^< 554 5\.6\.0 .*a bare LF/m);
});

test.for(["none", "starttls", "implicit"] as const)(
  "msmtp brings cron's mail to whoever reads root's, by its settings in docs/smtp.md (TLS: %s)",
  { timeout: TIMEOUT_MS },
  async (tls, context) => {
    context.skip(missing.msmtp !== undefined, missing.msmtp);
    const folder = temporaryFolder();
    const to = `ann-${tls}@example.com`;
    const { port, user, password } = world().server(tls);
    writeFileSync(join(folder, "aliases"), `root: ${to}\n`);
    writeFileSync(join(folder, "key"), `${password}\n`);
    const settings = (blocks(PAGE, "ini").find((text) => text.includes("set_from_header")) ?? "")
      .replace("host mail.example.com", "host localhost")
      .replace("port 2525", `port ${port}`)
      .replace("tls on", TLS_LINES[tls])
      .replace("user jobs", `user ${user}`)
      .replace("/etc/msmtp.key", join(folder, "key"))
      .replace("/etc/aliases", join(folder, "aliases"));
    writeFileSync(join(folder, "msmtprc"), settings, { mode: 0o600 });
    const args = ["--file", join(folder, "msmtprc"), "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"];
    const { code, output } = await runProgram("msmtp", args, CRON_MAIL);
    expect(code, output).toBe(0);

    const arrived = await world().far.when(({ recipients }) => recipients.includes(to));
    const mail = await read(arrived);
    expect(arrived.from).toBe("jobs@example.com");
    expect(mail.from?.value[0]?.address).toBe("jobs@example.com");
    expect(mail.subject).toBe("Cron <root@backup> /usr/local/bin/backup --all");
    expect(mail.text?.replaceAll("\r\n", "\n")).toBe("12 Dateien gesichert: Grüße\n.\n.. und Schluss\n");
  },
);

const TLS_LINES = {
  none: "tls off",
  starttls: `tls on\ntls_trust_file ${CA_FILE}`,
  implicit: `tls on\ntls_starttls off\ntls_trust_file ${CA_FILE}`,
};

/** Undefined where the program can be run. */
function whyNot(program: string): string | undefined {
  return spawnSync(program, ["--version"]).status === 0 ? undefined : `${program} is not installed`;
}

function arrival(line: string): Promise<Arrived> {
  return world().far.when(({ raw }) => raw.includes(`${line}\r\n`));
}

/** What came from the client: the proxy's own fields stand above the first of it. */
function afterAdditions({ raw }: Arrived, first: string): string {
  const text = raw.toString();
  return text.slice(text.indexOf(`\r\n${first}`) + 2);
}

/** The mail of a sample, with the line ends that `--crlf` gives it. */
function mailIn(sample = ""): string {
  const [, mail = ""] = /<<'END'\n([\s\S]*)END\n/.exec(sample) ?? [];
  return mail.replaceAll("\n", "\r\n");
}
