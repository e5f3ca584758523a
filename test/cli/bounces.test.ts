/** `mail-proxy NAME bounces`: settings, mails that came back, and a running server that hears of it. */
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { InstanceChanges } from "../../src/api/schemas/instance.ts";
import { BOUNCE_FLAGS } from "../../src/cli/bounces-flags.ts";
import { rows } from "../../src/db/database.ts";
import { testCertificate } from "../support/smtp-server.ts";
import { commandLineWithTenant } from "./instance.ts";
import { commandLine, commandLineWithInstance } from "./program.ts";
import { ENTER, NO_TERMINAL, programAtTerminal } from "./terminal.ts";

const terminalTest = test.skipIf(NO_TERMINAL !== undefined);

const PASSWORD = "pass-phrase-of-the-mailbox";

test("every setting of bounces has a flag", () => {
  const fields = Object.keys(InstanceChanges.entries).filter((field) => field.startsWith("bounce_"));
  const set = new Set(BOUNCE_FLAGS.map(({ field }) => field));
  expect(fields.filter((field) => !set.has(field))).toEqual([]);
});

test("settings are set by flags and shown, the password never, and an empty value clears", async () => {
  const { home, runWith, run, json, call } = await commandLineWithTenant();
  const { cert } = testCertificate();
  writeFileSync(join(home, "ca.pem"), cert);
  const server = ["--imap-host", "imap.example.com", "--imap-port", "143", "--no-imap-ssl", "--imap-ca", "ca.pem"];
  const login = ["--imap-user", "bounces@example.com", "--imap-password", "-", "--imap-folder", "INBOX/Bounces"];
  const more = ["--no-enabled", "--poll-interval", "30", "--return-path", "bounces+*@example.com"];
  const ended = await runWith(`${PASSWORD}\n`, "one", "bounces", "set", ...server, ...login, ...more);
  expect(ended).toMatchObject({ code: 0, stdout: "the settings of bounces are saved\n", stderr: "" });
  expect(await json("one", "bounces", "show")).toEqual({
    ...{ bounce_enabled: false, bounce_imap_host: "imap.example.com", bounce_imap_port: 143 },
    ...{ bounce_imap_user: "bounces@example.com", has_bounce_imap_password: true, bounce_imap_ssl: false },
    ...{ bounce_imap_folder: "INBOX/Bounces", bounce_imap_tls_verify: null, bounce_imap_ca: cert },
    ...{ bounce_poll_interval: 30, bounce_return_path: "bounces+*@example.com", mailboxes: [] },
  });
  expect((await run("one", "bounces", "set", "--return-path", "")).code).toBe(0);
  const { stdout } = await run("one", "bounces", "show");
  expect(stdout).toMatch(/^bounce_return_path$/m);
  expect(stdout).toMatch(/^has_bounce_imap_password +true$/m);
  expect(stdout).toContain("no mailbox is read");
  expect(stdout).not.toContain(PASSWORD);
  const log = JSON.stringify(await call("GET", "/command-log"));
  expect(log).toContain("PUT /instance");
  expect(log).not.toContain(PASSWORD);
});

test.each([
  [["--imap-port", "70000"], "--imap-port must be at most 65535"],
  [["--return-path", "bounces+*+*@example.com"], "--return-path"],
  [["--imap-ca", "nowhere.pem"], "cannot read nowhere.pem"],
  [[], "nothing is given to be set"],
])("what is wrong is told of the flag: %j", async (flags, words) => {
  const { run } = commandLineWithInstance();
  const { code, stderr } = await run("one", "bounces", "set", ...flags);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});

terminalTest(`a mailbox is set up by answers alone ${NO_TERMINAL ?? ""}`.trim(), async () => {
  const { home, json } = await commandLineWithTenant();
  const terminal = programAtTerminal(["one", "bounces", "set"], { home });
  await terminal.answer("IMAP server", `imap.example.com${ENTER}`);
  await terminal.answer("Port [993]", `10993${ENTER}`);
  await terminal.answer("User", `bounces@example.com${ENTER}`);
  await terminal.answer("Password of bounces@example.com", PASSWORD + ENTER);
  await terminal.answer("Folder [INBOX]", ENTER);
  await terminal.answer("Where bounces are to go", `bounces+*@example.com${ENTER}`);
  const { code, raw } = await terminal.ended;
  expect(code).toBe(0);
  expect(raw).not.toContain(PASSWORD);
  expect(await json("one", "bounces", "show")).toMatchObject({
    ...{ bounce_enabled: true, bounce_imap_host: "imap.example.com", bounce_imap_port: 10993, bounce_imap_ssl: null },
    ...{ has_bounce_imap_password: true, bounce_imap_folder: "INBOX", bounce_return_path: "bounces+*@example.com" },
    mailboxes: [{ id: "instance", state: "unread" }],
  });
});

/** An instance whose message `m1` to b@example.com was sent, and what its server sends back. */
async function withBounce() {
  const line = await commandLineWithTenant();
  await line.addAccount("default", 25);
  await line.add({ id: "m1" });
  const { pk } = await line.call("GET", "/messages/m1");
  await line.core(({ db }) =>
    rows(db, `update messages set state = 'sent', recipients = '[["to","b@example.com","sent",250]]'`),
  );
  const parts = [
    ["text/plain", "It could not be delivered."],
    [
      "message/delivery-status",
      "Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; b@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user",
    ],
    ["text/rfc822-headers", `Message-ID: <${pk}@example.com>\nX-Mail-Proxy-ID: ${pk}`],
  ];
  const bounce = [
    "From: MAILER-DAEMON@mx.example.com\nTo: a@example.com\nSubject: Undelivered\nMIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n',
    ...parts.map(([type, text]) => `--b\nContent-Type: ${type}\n\n${text}\n`),
    "--b--\n",
  ].join("\n");
  return { ...line, bounce };
}

test("a mail that came back is read from a file, or as a mail server pipes it, and counts once", async () => {
  const { home, run, runWith, call, bounce } = await withBounce();
  writeFileSync(join(home, "returned.eml"), bounce);
  const read = await run("one", "bounces", "read", "returned.eml");
  expect(read).toMatchObject({ code: 0, stdout: "delivery: bounce of m1 of shop for b@example.com\n", stderr: "" });
  const again = await runWith(bounce, "one", "bounces", "read", "-", "--recipient=a@example.com", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({
    ...{ kind: "delivery", ignored: [] },
    events: [{ id: "m1", event: "bounce", recipient: "b@example.com", repeated: true }],
  });
  const { events } = await call("GET", "/messages/m1");
  expect(events).toMatchObject([{ event: "bounce", bounce_type: "hard", bounce_code: "5.1.1" }]);
});

test("a mail that says nothing of any message is taken, and the reason told", async () => {
  const { run, home, runWith } = commandLineWithInstance();
  writeFileSync(join(home, "hello.eml"), "From: a@example.com\n\nHello\n");
  const { code, stdout } = await run("one", "bounces", "read", "hello.eml");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^other: nothing: \S/)]);
  expect(await runWith("", "one", "bounces", "read", "-")).toMatchObject({ code: 2, stdout: "" });
  expect(await run("one", "bounces", "read", "missing.eml")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("cannot read missing.eml"),
  });
});

test("what cannot be written down is the mail server's to keep: it ends as a temporary failure", async () => {
  const { runWith } = commandLineWithInstance({ MAIL_PROXY_DATABASE_URL: "http://127.0.0.1:1" });
  const { code, stdout, stderr } = await runWith("From: a@example.com\n\nHello\n", "one", "bounces", "read", "-");
  expect([code, stdout, stderr]).toEqual([75, "", expect.stringMatching(/^mail-proxy: ./)]); // EX_TEMPFAIL, sysexits.h
});

test("where the instance is not there, as before its disk is mounted, a mail server keeps what it hands over", async () => {
  const { runWith } = commandLine();
  const { code, stderr } = await runWith("From: a@example.com\n\nHello\n", "one", "bounces", "read", "-");
  expect([code, stderr]).toEqual([75, expect.stringContaining("one is neither a command nor an instance")]);
  expect(await runWith("", "one", "bounces", "show")).toMatchObject({ code: 2 });
});

test("new settings end the wait of a mailbox that has failed; what failed before it was read is not shown any more", async () => {
  const { core, run } = await commandLineWithTenant();
  const server = ["--imap-host", "imap.example.com", "--imap-user", "me", "--imap-password", PASSWORD];
  expect(await run("one", "bounces", "set", "--enabled", ...server)).toMatchObject({ code: 0 });
  const row = (lastReadAt: number, retryAt: number) =>
    core(({ db }) =>
      rows(
        db,
        `insert or replace into mailboxes (id, place, failures, retry_at, last_read_at, last_error, last_error_at)
        values ('instance', '', 8, :retryAt, :lastReadAt, 'the login was refused', 1000)`,
        { lastReadAt, retryAt },
      ),
    );
  await row(0, 9e12);
  expect((await run("one", "bounces", "show")).stdout).toMatch(/^instance +failing .*the login was refused$/m);
  expect(await run("one", "bounces", "set", "--imap-password", `${PASSWORD}!`)).toMatchObject({ code: 0 });
  expect(await core(({ db }) => rows(db, "select failures, retry_at from mailboxes"))).toEqual([
    { failures: 0, retry_at: 0 },
  ]);
  expect((await run("one", "bounces", "show")).stdout).toMatch(/^instance +unread .*the login was refused$/m);
  await row(2000, 9e12);
  expect((await run("one", "bounces", "show")).stdout).toMatch(/^instance +failing .*the login was refused$/m);
  await core(({ db }) => rows(db, "update mailboxes set failures = 0, retry_at = 0"));
  expect((await run("one", "bounces", "show")).stdout).not.toContain("the login was refused");
});

test("a running server reads a mailbox as soon as it is set, and anew when it is told to", async () => {
  const calls: (() => void)[] = [];
  let seen = 0;
  const server = createServer((socket) => {
    seen++;
    for (const call of calls.splice(0)) call();
    socket.on("error", () => undefined).end("* BYE not now\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const until = async (count: number) => {
    while (seen < count) await new Promise<void>((resolve) => calls.push(resolve));
  };
  const { start, run } = commandLineWithInstance();
  await start("start", "one", "--port", "0").printed(/is ready/);
  const place = ["--imap-host", "127.0.0.1", "--imap-port", String((server.address() as AddressInfo).port)];
  const login = ["--imap-user", "me", "--imap-password", PASSWORD, "--no-imap-ssl"];
  expect(await run("one", "bounces", "set", "--enabled", ...place, ...login)).toMatchObject({ code: 0, stderr: "" });
  await until(1);
  const before = seen;
  expect(await run("one", "bounces", "reload")).toMatchObject({ stdout: "mailboxes that are read anew: 1\n" });
  await until(before + 1);
  const { stdout } = await run("one", "bounces", "show");
  expect(stdout).toMatch(/^MAILBOX +STATE +LAST_READ +RETRY +LAST_ERROR\ninstance +failing /m);
  expect(stdout).not.toContain(PASSWORD);
}, 60_000);
