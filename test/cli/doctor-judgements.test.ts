import { once } from "node:events";
import { createServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { Attention } from "../../src/api/attention-words.ts";
import { judgeAccount } from "../../src/cli/doctor/accounts.ts";
import { judgeAttention } from "../../src/cli/doctor/attention.ts";
import { bounded, inTurns } from "../../src/cli/doctor/bounded.ts";
import { type Certificate, judgeCertificate } from "../../src/cli/doctor/certificate.ts";
import { judgeClock, judgeNewest, timeIn } from "../../src/cli/doctor/clock.ts";
import { judgeLog, judgeRoundTrip } from "../../src/cli/doctor/database.ts";
import { judgeRoom } from "../../src/cli/doctor/disk.ts";
import { judgeMailbox } from "../../src/cli/doctor/mailboxes.ts";
import { judgePort } from "../../src/cli/doctor/ports.ts";
import { judgeMode } from "../../src/cli/doctor/privacy.ts";
import { judgeProcess } from "../../src/cli/doctor/process.ts";
import { judgeHomeless, judgeLeases } from "../../src/cli/doctor/queue.ts";
import { judgePorts, judgePublicUrl } from "../../src/cli/doctor/settings.ts";
import { findingLines } from "../../src/cli/doctor/tell.ts";
import { sizeText, spanText } from "../../src/cli/doctor/words.ts";
import { testCa, testCertificate } from "../support/smtp-server.ts";
import { instanceWithDoctor } from "./doctor.ts";

const NOW = Date.UTC(2026, 5, 15);
const DAY = 86_400_000;
const MIB = 1024 * 1024;
const GOOD: Certificate = { validFrom: NOW - DAY, validTo: NOW + 90 * DAY, fault: null, protocol: "TLSv1.3" };

test.each<[string, Partial<Certificate>, string, string]>([
  ["good", {}, "ok", "TLSv1.3, certificate good for 90 days more"],
  ["good, in a file", { protocol: null }, "ok", "certificate good for 90 days more"],
  ["over in two weeks", { validTo: NOW + 14 * DAY }, "ok", "good for 14 days"],
  ["over in one", { validTo: NOW + 7 * DAY }, "warning", "good for 7 days"],
  ["expired", { validTo: NOW - 1 }, "failed", "expired on 2026-06-14"],
  ["not valid yet", { validFrom: NOW + DAY }, "failed", "is valid from 2026-06-16 only"],
  ["foreign", { fault: "is not one for a.test" }, "failed", "the certificate is not one for a.test"],
])("a certificate: %s", (_, changes, state, text) => {
  const verdict = judgeCertificate({ ...GOOD, ...changes }, NOW);
  expect(verdict).toMatchObject({ state, text: expect.stringContaining(text) });
  expect(judgeCertificate({ ...GOOD, ...changes }, NOW, false).state).toBe("ok");
});

test.each([
  [{ port: 8000, smtpPort: undefined, smtpsPort: undefined }, "ok"],
  [{ port: 0, smtpPort: 0, smtpsPort: 0 }, "ok"],
  [{ port: 8000, smtpPort: 25, smtpsPort: 25 }, "failed"],
  [{ port: 465, smtpPort: 25, smtpsPort: 465 }, "failed"],
])("the ports %j: %s", (ports, state) => expect(judgePorts(ports).state).toBe(state));

test.each([
  [undefined, "skipped"],
  ["https://mail.example.com", "ok"],
  ["http://mail.example.com", "warning"],
])("the public URL %s: %s", (url, state) => expect(judgePublicUrl(url).state).toBe(state));

test.each([
  [1_000_000 * MIB, undefined, "ok"],
  [600 * MIB, 5_000, "ok"],
  [100 * MIB, 5_000, "warning"],
  [10 * MIB, 5_000, "failed"],
  [600 * MIB, 10, "failed"],
])("a disk with %d bytes and %s files free: %s", (bytes, files, state) => {
  expect(judgeRoom({ bytes, files }, "/data").state).toBe(state);
});

test.each([
  [5, true, "ok"],
  [5_000, true, "ok"],
  [100, false, "ok"],
  [101, false, "warning"],
])("a round trip of %d ms, to a file %s: %s", (ms, isFile, state) =>
  expect(judgeRoundTrip(ms, isFile).state).toBe(state),
);

test("a log that is never moved into its file is worth a word", () => {
  expect([judgeLog(32 * MIB).state, judgeLog(600 * MIB).state]).toEqual(["ok", "warning"]);
});

test.each([
  [0o100600, false, "ok"],
  [0o100640, false, "warning"],
  [0o100604, false, "warning"],
  [0o040755, true, "ok"],
  [0o040775, true, "warning"],
])("the mode %o, of a folder %s: %s", (mode, isFolder, state) =>
  expect(judgeMode("/p", mode, isFolder).state).toBe(state),
);

test("what mends a mode can be pasted, whatever the file is called", () => {
  expect(judgeMode("/it's here", 0o644, false).advice).toBe("chmod 600 '/it'\\''s here'");
});

test.each([
  [{ kind: "answers", text: "answers" }, "ok", "answers"],
  [{ kind: "free" }, "ok", "free"],
  [{ kind: "silent", fault: "HTTP 500" }, "failed", "HTTP 500"],
  [{ kind: "closed", code: "EADDRINUSE", owner: "nginx (process 7)" }, "failed", "taken by nginx (process 7)"],
  [{ kind: "closed", code: "EADDRINUSE", owner: undefined }, "failed", "another program"],
  [{ kind: "closed", code: "EACCES", owner: undefined }, "failed", "below port 1024"],
  [{ kind: "closed", code: "EADDRNOTAVAIL", owner: undefined }, "failed", "MAIL_PROXY_HOST"],
  [{ kind: "closed", code: "EWHAT", owner: undefined }, "failed", "EWHAT"],
] as const)("a port that %j: %s", (state, verdict, text) => {
  expect(judgePort(state, "PORT")).toMatchObject({ state: verdict, text: expect.stringContaining(text) });
});

test("a process of another version than the program at hand is told", () => {
  const record = { version: "1.0.0", started: new Date(NOW - 2 * DAY).toISOString(), pid: 7 };
  expect(judgeProcess(record, "1.0.0", NOW, 64 * MIB)).toMatchObject({
    state: "ok",
    text: "runs for 2 days as version 1.0.0, 64 MiB of memory",
  });
  expect(judgeProcess(record, "1.1.0", NOW, undefined)).toMatchObject({
    state: "warning",
    text: expect.stringContaining("this program is 1.1.0"),
  });
});

test.each([
  [0, "ok"],
  [30_000, "ok"],
  [31_000, "warning"],
  [-31_000, "warning"],
])("a clock %d ms ahead: %s", (skew, state) => {
  expect(judgeClock({ ours: NOW + skew, theirs: NOW }).state).toBe(state);
  expect(judgeNewest(NOW + Math.abs(skew), NOW).state).toBe(state);
});

test.each([
  ["Mon, 15 Jun 2026 00:00:00 GMT", NOW],
  ["220 mx.test ESMTP ready at Mon, 15 Jun 2026 02:00:00 +0200", NOW],
  ["220 mx.test ESMTP", undefined],
  [null, undefined],
])("the time in %s", (text, at) => expect(timeIn(text)).toBe(at));

test("messages without an account and those of a dead process are told, and nothing where there are none", () => {
  expect([judgeHomeless(0), judgeLeases(0, false), judgeLeases(3, true)]).toEqual([undefined, undefined, undefined]);
  expect(judgeHomeless(2)).toMatchObject({ state: "failed", text: "2 messages wait for an account that is gone" });
  expect(judgeLeases(1, false)).toMatchObject({ state: "warning" });
});

const NOBODY = { tenant_id: null, account_id: null, webhook_id: null, batch_code: null, since_ts: null, waiting: null };
const SHOP = { ...NOBODY, tenant_id: "shop", reason: "Why." };

test.each<[Attention, string, string]>([
  [{ ...SHOP, kind: "no_worker", action: null }, "failed", "MAIL_PROXY_SCHEDULER_ACTIVE"],
  [{ ...SHOP, kind: "waiting_long", account_id: "main", action: "run_now" }, "failed", "mail-proxy one shop run-now"],
  [
    { ...SHOP, kind: "account_paused", account_id: "main", action: "resume" },
    "warning",
    "mail-proxy one shop accounts resume main",
  ],
  [
    { ...SHOP, kind: "account_failing", account_id: "main", action: "test" },
    "warning",
    "mail-proxy one shop accounts test main",
  ],
  [{ ...SHOP, kind: "tenant_inactive", action: "edit" }, "warning", "mail-proxy one tenants update shop --active"],
  [
    { ...SHOP, kind: "batch_suspended", batch_code: "b1", action: "activate" },
    "warning",
    "mail-proxy one shop activate b1",
  ],
  [{ ...SHOP, kind: "batch_suspended", action: "activate" }, "warning", "mail-proxy one shop activate"],
  [{ ...SHOP, kind: "limit_reached", action: "edit" }, "warning", "mail-proxy one tenants update shop --limit-hour"],
  [
    { ...SHOP, kind: "limit_reached", account_id: "main", action: "edit" },
    "warning",
    "mail-proxy one shop accounts update main --limit-hour",
  ],
  [{ ...SHOP, kind: "tenant_endpoint_failing", action: "run_now" }, "failed", "mail-proxy one shop run-now"],
  [{ ...SHOP, kind: "reports_waiting", action: "run_now" }, "warning", "mail-proxy one shop run-now"],
  [
    { ...SHOP, kind: "webhook_disabled", webhook_id: "wh", action: "enable" },
    "failed",
    "mail-proxy one shop webhooks update wh --enabled",
  ],
  [
    { ...SHOP, kind: "webhook_failing", webhook_id: "wh", action: "test" },
    "failed",
    "mail-proxy one shop webhooks test wh",
  ],
  [
    { ...SHOP, kind: "mailbox_failing", account_id: "pec", action: "edit" },
    "failed",
    "mail-proxy one shop accounts update pec",
  ],
  [{ ...NOBODY, reason: "Why.", kind: "mailbox_failing", action: "retry" }, "failed", "mail-proxy one bounces reload"],
])("what needs somebody is told with its command: %j", (one, state, advice) => {
  expect(judgeAttention(one, "mail-proxy one")).toMatchObject({ state, advice: expect.stringContaining(advice) });
});

test("an account's step that fails decides the advice, and a password in the clear is a warning", () => {
  const account = { host: "mx.test", port: 587, tls: "starttls", tlsVerify: undefined, user: "ann" } as const;
  const whose = { tenant: "mail-proxy one shop", id: "main" };
  const failing = (step: "connect" | "tls" | "auth" | "ehlo") =>
    judgeAccount(account, [{ step, ok: false, ms: 1, detail: "no" }], null, NOW, whose);
  expect(failing("connect")).toMatchObject({ state: "failed", advice: expect.stringContaining("firewall") });
  expect(failing("tls")).toMatchObject({
    state: "failed",
    advice: expect.stringContaining("--tls starttls, implicit or none"),
  });
  expect(failing("auth")).toMatchObject({ state: "failed", advice: expect.stringContaining("--password -") });
  expect(failing("ehlo")).toMatchObject({ state: "failed", advice: expect.stringContaining("accounts test main") });
  const steps = [{ step: "connect", ok: true, ms: 1, detail: null }] as const;
  expect(judgeAccount(account, steps, GOOD, NOW, whose).state).toBe("ok");
  expect(judgeAccount(account, steps, null, NOW, whose).state).toBe("warning");
  expect(judgeAccount({ ...account, user: undefined }, steps, null, NOW, whose).state).toBe("ok");
});

test.each([
  [{ fault: "refused", certificate: null }, { readAt: NOW, isRead: true }, "failed"],
  [{ fault: null, certificate: { ...GOOD, fault: "is not trusted" } }, { readAt: NOW, isRead: true }, "failed"],
  [{ fault: null, certificate: GOOD }, { readAt: NOW - 60_000, isRead: true }, "ok"],
  [{ fault: null, certificate: GOOD }, { readAt: NOW - DAY, isRead: true }, "warning"],
  [{ fault: null, certificate: GOOD }, { readAt: null, isRead: true }, "warning"],
  [{ fault: null, certificate: GOOD }, { readAt: null, isRead: false }, "ok"],
])("a mailbox that was met as %j and read as %j: %s", (met, read, state) => {
  expect(judgeMailbox({ host: "imap.test", port: 993, tlsVerify: true }, met, read, NOW).state).toBe(state);
});

test("the mailbox for bounces is met, not logged in to", async () => {
  const { call, doctor } = await instanceWithDoctor();
  const heard: Buffer[] = [];
  const server = createServer(testCertificate(), (socket) => {
    socket.on("data", (bytes) => heard.push(bytes)).on("error", () => undefined);
    socket.write("* OK ready\r\n");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await call("PUT", "/instance", {
    body: {
      bounce_enabled: true,
      bounce_imap_host: "localhost",
      bounce_imap_port: port,
      bounce_imap_user: "b",
      bounce_imap_password: "hunter2",
      bounce_imap_ca: testCa,
    },
  });
  const { of, stdout, code } = await doctor("--only", "mailboxes");
  expect(of("mailboxes")).toEqual([
    expect.stringMatching(/^ok bounces: localhost:\d+: TLSv1\.3, certificate good for .*; never read/),
  ]);
  expect(stdout).not.toContain("hunter2");
  expect({ heard, code }).toEqual({ heard: [], code: 0 });
});

test("what strangers have named is told without what a terminal would obey", () => {
  const finding = { check: "accounts", subject: "a\u001b[2J", state: "failed", text: "b\nok", advice: "c\r" } as const;
  expect(findingLines(finding, false)).toBe(
    "failed   accounts   a\ufffd[2J: b\ufffdok\n                    -> c\ufffd",
  );
});

test("several are examined at once, told in their order, and one that never ends is bounded", async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 1) await new Promise<void>((resolve) => setImmediate(resolve));
    return item;
  };
  const results: number[] = [];
  for await (const result of inTurns([1, 2, 3], work)) results.push(result);
  expect({ begun, results }).toEqual({ begun: [1, 2, 3], results: [1, 2, 3] });
  expect(await bounded(new Promise<string>(() => undefined), 1, () => "late")).toBe("late");
});

test("sizes and spans are told as people say them", () => {
  expect([0, 1023, 1536, 10 * MIB].map(sizeText)).toEqual(["0 bytes", "1023 bytes", "1.5 KiB", "10 MiB"]);
  expect([5, 1_000, 90_000, 3_600_000, 2 * DAY].map(spanText)).toEqual([
    "5 ms",
    "1 second",
    "1 minute",
    "1 hour",
    "2 days",
  ]);
});
