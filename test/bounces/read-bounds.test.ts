/** Mail comes from anybody: whatever it is, it is read to something, at a cost that its size bounds. */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { MOST_READ_BYTES, type Notice } from "../../src/bounces/notice.ts";
import { readNotice } from "../../src/bounces/read/index.ts";
import { parseLeaves } from "../../src/bounces/read/leaves.ts";
import { bytes, corpus, fixture, readDelivery } from "./reading.ts";

/** What an event can hold, whatever the mail was. */
function checkNotice(notice: Notice): void {
  const text = JSON.stringify(notice);
  expect(text).toBe(text.toWellFormed());
  expect(notice.identity).not.toBe("");
  expect(notice.addressedTo.length).toBeLessThanOrEqual(21);
  const reasons = notice.kind === "delivery" ? notice.recipients.map(({ reason }) => reason) : [];
  const words = notice.kind === "pec" ? notice.details : "reason" in notice ? notice.reason : "";
  for (const line of [...reasons, words]) {
    expect(line.length).toBeLessThanOrEqual(500);
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  }
  if (notice.kind === "delivery" || notice.kind === "feedback")
    expect(notice.recipients.length).toBeLessThanOrEqual(200);
}

test.each(corpus)(
  "a mail that was cut off is read, wherever the cut is: %s",
  async (name) => {
    const mail = fixture(name);
    // Every 29th octet; the remainders differ from mail to mail, so that the whole corpus is cut in all of them.
    for (let end = corpus.indexOf(name) % 29; end < mail.length; end += 29)
      checkNotice(await readNotice(mail.subarray(0, end)));
  },
  60_000,
);

const NASTY = [
  "\0",
  "\r",
  "\n\n",
  "\r\n--=_b\r\n",
  "--=_b--",
  "\ud800",
  "\u202e",
  "=?utf-8?q?=00?=",
  "<",
  ">",
  ";",
  ":",
  "@",
  "\\x{110000}",
  "Content-Type: multipart/mixed; boundary=x\r\n",
  "Content-Type: text/plain; charset=nonsense\r\n",
  "Content-Transfer-Encoding: base64\r\n",
  "Final-Recipient: rfc822; \r\n",
  "X-Ricevuta: constructor\r\n",
  "Status: 9.9.9\r\n",
  "Will-Retry-Until: never\r\n",
  "__proto__: x\r\n",
];
const splice = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 200 }),
  put: fc.oneof(fc.constantFrom(...NASTY).map(bytes), fc.uint8Array({ maxLength: 8 })),
});

test("a mail that was changed at random is read to something that an event can hold", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...corpus),
      fc.array(splice, { minLength: 1, maxLength: 6 }),
      async (name, splices) => {
        checkNotice(
          await readNotice(
            splices.reduce((mail, { at, removed, put }) => {
              const start = Math.floor(at * mail.length);
              return new Uint8Array([...mail.subarray(0, start), ...put, ...mail.subarray(start + removed)]);
            }, fixture(name)),
          ),
        );
      },
    ),
    { numRuns: 500 },
  );
}, 60_000);

test("no octets at all, and octets that are no mail, are of no consequence", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (mail) => {
      expect(await readNotice(mail)).toMatchObject({ kind: "other" });
    }),
  );
});

test("at most 200 recipients are read, and nothing beyond the first MiB", async () => {
  const many = "Final-Recipient: rfc822; a@example.net\nAction: failed\n\n".repeat(5_000);
  const mail = `Content-Type: message/delivery-status\n\n${many}`;
  expect((await readDelivery(bytes(mail))).recipients).toHaveLength(200);
  const late = bytes(`From: a@example.net\n\n${"x\n".repeat(MOST_READ_BYTES / 2)}`);
  expect(await readNotice(late)).toEqual(await readNotice(late.subarray(0, MOST_READ_BYTES)));
});

test("what the reader leans on in postal-mime is there: texts are handed over, and never turned into HTML", async () => {
  const leaves = await parseLeaves(
    bytes(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>html\n--b\nContent-Type: message/rfc822\n\nA: b\n--b--\n",
    ),
  );
  expect([leaves?.plain, leaves?.html]).toEqual([["plain\n"], ["<p>html\n"]]);
  expect([leaves?.email.text, leaves?.email.html]).toEqual([undefined, undefined]);
  expect(leaves?.email.attachments.map(({ mimeType }) => mimeType)).toEqual(["message/rfc822"]);
});

const MAIL = "From: MAILER-DAEMON@example.net\nSubject: Undelivered Mail\n";
const REPORT = `${MAIL}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n`;
const STATUS = `${REPORT}--b\nContent-Type: message/delivery-status\n\n`;
const PEC = "X-Ricevuta: errore-consegna\nContent-Type: text/xml; name=daticert.xml\n\n";
const NESTED = Array.from(
  { length: 300 },
  (_, at) => `Content-Type: multipart/mixed; boundary=${at}\n\n--${at}\n`,
).join("");
const HTML_BESIDE_PLAIN = `${REPORT}--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: text/html\n\n`;

const full = (head: string, repeated: string, size = MOST_READ_BYTES) =>
  bytes(head + repeated.repeat(Math.ceil(size / repeated.length)).slice(0, size));

async function timeToRead(mail: Uint8Array): Promise<number> {
  const start = performance.now();
  checkNotice(await readNotice(mail));
  return performance.now() - start;
}

/** The shortest of up to three readings, until one is under the limit: what else the machine does must not count. */
async function shortestTime(mail: Uint8Array, limitMs: number): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && shortest > limitMs; run++) shortest = Math.min(shortest, await timeToRead(mail));
  return shortest;
}

let plainMs = 0;
beforeAll(async () => {
  const plain = full(`${MAIL}\n`, "The quick brown fox jumps over the lazy dog, and runs away.\n");
  plainMs = Math.max(await shortestTime(plain, 0), 20);
}, 60_000);

test.each([
  ["empty lines", MAIL, "\n"],
  ["parts", REPORT, "--b\n\n"],
  ["parts with a nested header", NESTED, "--x\n"],
  ["header fields", MAIL, "a: b\n"],
  ["one header field", MAIL, "Subject: =?utf-8?q?a?= "],
  ["addresses", MAIL, "To: a@b,"],
  ["base64 in units of one", `${MAIL}Content-Transfer-Encoding: base64\n\n`, "A="],
  ["flowed lines", `${MAIL}Content-Type: text/plain; format=flowed\n\n`, "a \n"],
  ["unclosed links", `${MAIL}Content-Type: text/html\n\n`, "<a href='"],
  ["unclosed links beside plain text", HTML_BESIDE_PLAIN, "<a href='"],
  ["recipients", STATUS, "Final-Recipient: rfc822; a@b.c\nAction: failed\n\n"],
  ["recipients without a blank line", STATUS, "Final-Recipient: a@b\n"],
  ["lines that are no field", STATUS, "a\n"],
  ["recipients in brackets", `${MAIL}\n`, "<a@b>:\n"],
  ["recipients on lines", `${MAIL}\n`, "failed:\n  a@b.c\n    550 no\n"],
  ["sections of Sendmail", `${MAIL}\n`, "---- The following addresses had permanent fatal errors\na@b\n"],
  ["half an address", `${MAIL}\n`, "a"],
  ["half a sentence", `${MAIL}\n`, "your message to delivery to the address "],
  ["half a meaning", `${MAIL}\n`, "mailbox user account domain "],
  ["Message-IDs", `${MAIL}\n`, "Message-ID: <\n\n"],
  ["elements of XML", PEC, "<a>"],
  ["entities of XML", `${PEC}<postacert>`, "&x;"],
])(
  "a MiB of %s costs about what a MiB of plain text does",
  async (_, head, repeated) => {
    const limitMs = 15 * plainMs;
    expect(await shortestTime(full(head, repeated), limitMs)).toBeLessThan(limitMs);
  },
  120_000,
);
