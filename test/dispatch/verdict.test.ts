import { expect, test } from "vitest";
import { judge } from "../../src/dispatch/verdict.ts";
import type { RecipientOutcome, SendOutcome, Stage } from "../../src/smtp/outcome.ts";

type Said = [stage: Stage, code: number, enhanced?: string];

function answered(...said: Said[]): SendOutcome {
  const recipients = said.map(([stage, code, enhanced], n): RecipientOutcome => {
    const reply = { code, text: "words", ...(enhanced === undefined ? {} : { enhanced }) };
    const address = `r${n}@example.net`;
    return code < 400 ? { kind: "accepted", address, reply } : { kind: "refused", address, stage, reply };
  });
  return { kind: "answered", recipients };
}

const lost = (...said: Said[]): SendOutcome => {
  const { recipients } = answered(...said) as { recipients: RecipientOutcome[] };
  const refused = recipients.filter((to) => to.kind === "refused");
  return { kind: "lost", stage: "body", unknown: false, error: "gone", recipients: refused };
};

const cases: [name: string, outcome: SendOutcome, about: string, feedback?: string | undefined][] = [
  ["250 is about the message", answered(["body", 250]), "message", "taken"],
  ["550 to a recipient is about the message", answered(["rcpt", 550, "5.1.1"]), "message", "taken"],
  ["554 to the message is about the message", answered(["body", 554]), "message", "taken"],
  ["450 to a recipient puts off", answered(["rcpt", 450, "4.2.0"]), "message", "deferred"],
  ["one put off and one delivered is taken", answered(["rcpt", 450], ["body", 250]), "message", "taken"],
  ["421 to MAIL is about the load", answered(["mail", 421], ["mail", 421]), "load"],
  ["421 to all recipients is about the load", answered(["rcpt", 421, "4.7.0"], ["rcpt", 421]), "load"],
  ["421 after another refusal is an attempt", answered(["rcpt", 550], ["rcpt", 421]), "message", "busy"],
  ["421 to the message itself is an attempt", answered(["body", 421]), "message", "busy"],
  ["452 to MAIL is a full disk", answered(["mail", 452]), "room"],
  ["452 4.3.1 to MAIL is a full disk", answered(["mail", 452, "4.3.1"]), "room"],
  ["452 to a recipient is about recipients", answered(["rcpt", 452, "4.5.3"]), "message", "deferred"],
  ["452 4.2.2 is a full mailbox", answered(["mail", 452, "4.2.2"]), "message", "deferred"],
  ["452 to the message is an attempt", answered(["body", 452, "4.3.1"]), "message", "deferred"],
  ["530 to MAIL wants a login", answered(["mail", 530, "5.7.0"]), "account"],
  ["530 to the message itself is about the message", answered(["body", 530]), "message", "taken"],
  ["a lost connection puts off", lost(), "message", "deferred"],
  ["a lost connection after 421 is busy", lost(["rcpt", 421]), "message", "busy"],
  ["what no server was asked about says nothing", { kind: "unsendable", error: "big", enhanced: "5.3.4" }, "message"],
  ["a refused login is the account's", { kind: "account_fault", stage: "auth", error: "no" }, "account"],
];
test.each(cases)("%s", (_, outcome, about, feedback) => {
  const verdict = judge(outcome);
  expect(verdict.about).toBe(about);
  if (verdict.about === "message") expect(verdict.feedback).toBe(feedback);
  else expect(verdict.fault.error).toMatch(/\w/);
});

test("a fault read out of a refusal has the server's words and the stage", () => {
  expect(judge(answered(["mail", 452, "4.3.1"]))).toMatchObject({
    fault: { stage: "mail", error: "452 4.3.1 words", reply: { code: 452 } },
  });
});
