import { expect, test } from "vitest";
import { check, type Evidence } from "../../src/cli/demo/check.ts";
import { asMessage, demoMails } from "../../src/cli/demo/mails.ts";
import type { Mail } from "../../src/sandbox/inbox.ts";
import { commandLine } from "./program.ts";

/** What is seen when two mails went well, at 10 and 20 ms. */
function evidence(): Evidence {
  const mails = demoMails(2);
  const arrived = mails.map(({ to, subject, filename }, index): Mail => {
    const part = `Content-Type: text/csv\r\nContent-Disposition: attachment; filename="${filename}"\r\n\r\nx\r\n`;
    const text = `Subject: ${subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${part}--b--\r\n`;
    const raw = new TextEncoder().encode(text);
    return { n: index + 1, mailFrom: "", rcptTo: [to], receivedAt: 1010 + index * 10, raw };
  });
  return {
    mails,
    startedAt: 1000,
    acceptedAt: new Map(mails.map(({ id }) => [id, 1000])),
    arrived,
    sent: new Map(mails.map(({ id }) => [id, 1030])),
    failed: new Map(),
  };
}

test("the demo finds nothing wrong where everything went well, and says how long it took", async () => {
  expect(await check(evidence())).toEqual({
    ...{ messages: 2, accepted: 2, delivered: 2, reported: 2, faults: [] },
    ...{ deliveredMs: 20, reportedMs: 30, slowest: { id: "demo-002", ms: 20 } },
  });
});

test.each<[string, (seen: Evidence) => unknown, string]>([
  ["was not accepted", ({ acceptedAt }) => acceptedAt.delete("demo-001"), "demo-001 was not accepted"],
  ["failed", ({ failed }) => failed.set("demo-001", "550 no"), "demo-001 failed: 550 no"],
  ["was lost", ({ arrived }) => arrived.shift(), "demo-001 arrived 0 times"],
  ["came twice", ({ arrived }) => arrived.push(arrived[0] as Mail), "demo-001 arrived 2 times"],
  ["was not reported", ({ sent }) => sent.delete("demo-001"), "demo-001 was not reported"],
  ["was changed", ({ mails }) => Object.assign(mails[0] ?? {}, { subject: "x" }), "demo-001 arrived with the subject"],
  ["lost its file", ({ mails }) => Object.assign(mails[0] ?? {}, { filename: "x" }), "without its attachment x"],
])("the demo sees that a message %s", async (_, spoil, words) => {
  const seen = evidence();
  spoil(seen);
  const { faults } = await check(seen);
  expect(faults).toEqual([expect.stringContaining(words)]);
});

test("the demo's messages have three priorities, attachments and subjects beyond ASCII", () => {
  const messages = demoMails(200).map(asMessage);
  expect(new Set(messages.map(({ priority }) => priority))).toEqual(new Set([1, 2, 3]));
  expect(messages.every(({ attachments }) => attachments.length === 1)).toBe(true);
  expect(messages.every(({ subject }) => /[^ -~]/.test(subject))).toBe(true);
});

test("demo runs the whole loop by itself", async () => {
  const { code, stdout } = await commandLine().run("demo");
  expect(stdout).toMatch(/delivered {2}200 [\s\S]*reported {3}200 /);
  expect(code).toBe(0);
});
