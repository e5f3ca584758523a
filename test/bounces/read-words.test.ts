/** What single words and fields of a report are read as: addresses, actions, codes and reasons. */
import { expect, test } from "vitest";
import { actionOf } from "../../src/bounces/read/action.ts";
import { typedAddress } from "../../src/bounces/read/address.ts";
import { readBlocks } from "../../src/bounces/read/fields.ts";
import { textOfHtml } from "../../src/bounces/read/html.ts";
import { oneLine, reasonOf } from "../../src/bounces/read/reason.ts";
import { codesOf } from "../../src/bounces/read/status.ts";

test.each([
  ["rfc822; a@example.net", "a@example.net"],
  ["RFC822;<a@example.net>", "a@example.net"],
  ["rfc822;a@example.net (A Person)", "a@example.net"],
  ["a@example.net", "a@example.net"],
  ['rfc822; "a b"@example.net', '"a b"@example.net'],
  ["rfc822; sales+2Bspring@example.net", "sales+spring@example.net"],
  ["rfc822; sales+spring@example.net", "sales+spring@example.net"],
  ["rfc822; bounce+b=example.org@example.net", "bounce+b=example.org@example.net"],
  ["utf-8; j\\x{F6}rg@example.net", "jörg@example.net"],
  ["utf-8; j\\x{D800}rg@example.net", "j\ufffdrg@example.net"],
  ["utf-8; j\\x{FFFFFF}rg@example.net", "j\\x{FFFFFF}rg@example.net"],
  ["X400; c=IT; a= ; s=Rossi", undefined],
  ["rfc822; root", undefined],
  ["", undefined],
])("a typed address is read: %s", (value, address) => {
  expect(typedAddress(value)).toBe(address);
});

test.each([
  ["failed", undefined, "failed"],
  ["FAILED (bad mailbox)", undefined, "failed"],
  ["Delay", undefined, "delayed"],
  ["delivered", "5.1.1", "delivered"],
  ["relayed", undefined, "relayed"],
  ["expanded", undefined, "expanded"],
  [undefined, "4.4.1", "delayed"],
  [undefined, "2.1.5", "delivered"],
  ["nonsense", "5.0.0", "failed"],
  [undefined, undefined, "failed"],
])("an action is read: %s with status %s is %s", (field, status, action) => {
  expect(actionOf(field, status, "failed")).toBe(action);
});

test.each([
  ["5.1.1", "smtp; 550 5.1.1 no", "5.1.1", 550],
  ["5.1.1 (bad destination)", "", "5.1.1", undefined],
  ["5.0.0", "smtp; 550 5.7.26 DMARC", "5.7.26", 550],
  ["5.0.0", "smtp; 450 4.2.2 full", "4.2.2", 450],
  ["5.0.0", "smtp; 550 User unknown", "5.1.1", 550],
  ["5.0.0", "smtp; 550 it did not please", "5.0.0", 550],
  ["2.0.0", "smtp; 550 5.1.1 no", "5.1.1", 550],
  ["broken", "x-unix; no space", undefined, undefined],
  [undefined, "550 the mailbox is full", "5.2.2", 550],
  [undefined, "mailbox is full", "4.2.2", undefined],
  [undefined, "452 mailbox is full", "4.2.2", 452],
  [undefined, "552 message size exceeds fixed maximum message size", "5.3.4", 552],
  [undefined, "554 blocked using a blocklist", "5.7.1", 554],
  [undefined, "host 192.0.2.550 took 450 seconds, Exim 4.97.1 at 5.1.1.2 gave up", undefined, undefined],
  [undefined, "connect to mx.example.net[192.0.2.25]:25: Connection timed out", "4.4.1", undefined],
])("the codes of a failure with status %s and %j are %s and %s", (claimed, words, status, smtpCode) => {
  expect(codesOf("failed", claimed, words)).toEqual({ status, smtpCode });
});

test("a delay that only words tell of is of class 4, and a delivery takes no status of a failure", () => {
  expect(codesOf("delayed", undefined, "user unknown").status).toBe("4.1.1");
  expect(codesOf("delivered", "5.1.1", "").status).toBeUndefined();
  expect(codesOf("relayed", "2.1.9", "").status).toBe("2.1.9");
});

test.each([
  ["smtp; 550-5.1.1 The account\n 550-5.1.1 does not\n 550 5.1.1 exist", "550 5.1.1 The account does not exist"],
  ["smtp; 550-The account 550 does not exist", "550 The account 550 does not exist"],
  ["X-Postfix; unknown user", "unknown user"],
  ["a\u0000b\u2028c\u202ed", "a b c d"],
  ["half a pair \ud83d", "half a pair"],
])("a reason is one line without what cannot be seen: %j", (words, reason) => {
  expect(reasonOf(words)).toBe(reason);
});

test("a reason is cut at 500 characters and never through a character", () => {
  const line = oneLine(`${"x".repeat(499)}😀 and more`);
  expect(line).toBe("x".repeat(499));
  expect(oneLine("\udc00 a")).toBe("\ufffd a");
});

test("fields are unfolded, and a line that is neither a field nor folded goes on with the one before it", () => {
  const [block] = readBlocks(
    "\n\nFinal-Recipient : rfc822;\n\ta@example.net\nDiagnostic-Code: smtp; 550\nno such user: at all\n\nAction: x",
    1,
  );
  expect([...(block ?? [])]).toEqual([
    ["final-recipient", "rfc822; a@example.net"],
    ["diagnostic-code", "smtp; 550 no such user: at all"],
  ]);
});

test("HTML becomes lines of text, without its styles, with its characters", () => {
  const html =
    "<html><head><style>p > a {}</style><title>T</title></head><p>A &lt;b&gt; &#233;&#x20AC;<br>C &unknown; 1 &#9999999;</p>";
  expect(
    textOfHtml(html)
      .split("\n")
      .map((line) => line.trim()),
  ).toEqual(["", "A <b> é€", "C &unknown; 1 &#9999999;", ""]);
});
