/** What insights find in an email: each rule at its edge, and nothing in an email that is as it should be. */
import { expect, test } from "vitest";
import { type Draft, insights } from "../../src/api/emails-insights.ts";

const GOOD: Draft = {
  from: "Shop <shop@example.com>",
  to: ["ann@example.net"],
  subject: "Your order 17",
  html: "<p>Thank you for your order. It is on its way to you.</p>",
  text: "Thank you for your order. It is on its way to you.",
  knowsTexts: true,
  headers: ["X-Order"],
  hasUnsubscribeLink: false,
  files: ["invoice.pdf"],
  size: 10_000,
  accountAddresses: ["shop@example.com", "mailer@example.com"],
};

const codes = (over: Partial<Draft>) => insights({ ...GOOD, ...over }).map(({ code }) => code);
const people = (count: number) => Array.from({ length: count }, (_, n) => `p${n}@example.net`);

test("an email that is as it should be has none", () => {
  expect(codes({})).toEqual([]);
});

const NEWS = "<p>News of the week. You do not want them? Unsubscribe.</p>";
const rules: [code: string, found: Partial<Draft>, not: Partial<Draft>][] = [
  ["missing_text_body", { text: null }, { text: null, knowsTexts: false }],
  ["missing_text_body", { text: " \n" }, { text: "x" }],
  ["missing_html_body", { html: null }, { html: null, text: null, knowsTexts: false }],
  ["empty_body", { html: "", text: null }, { html: null, text: "x" }],
  ["missing_subject", { subject: " " }, { subject: "x" }],
  ["long_subject", { subject: "ü".repeat(101) }, { subject: "😀".repeat(100) }],
  ["missing_list_unsubscribe", { html: NEWS }, { html: NEWS, headers: ["list-unsubscribe"] }],
  ["missing_list_unsubscribe", { headers: ["List-ID"] }, { headers: ["List-ID"], hasUnsubscribeLink: true }],
  ["missing_list_unsubscribe", { html: null, text: "Newsletter abmelden" }, { html: "<p>Thank you.</p>" }],
  ["unaligned_from", { from: "shop@example.org" }, { from: "shop@news.example.com" }],
  ["unaligned_from", { accountAddresses: ["a@ample.com"] }, { accountAddresses: [null, "apikey"] }],
  ["unaligned_from", { accountAddresses: ["a@other.example", null] }, { accountAddresses: [null, "a@EXAMPLE.com"] }],
  ["large_html", { html: "x".repeat(102_001) }, { html: "x".repeat(102_000) }],
  ["large_email", { size: 10 * 1024 * 1024 + 1 }, { size: 10 * 1024 * 1024 }],
  ["many_visible_recipients", { to: people(11) }, { to: people(10) }],
  ["executable_attachment", { files: ["a.pdf", "setup.EXE"] }, { files: ["exe.pdf", "my.exe.txt"] }],
  ["image_only", { html: '<a href="x"><img src="cid:a"></a> Look!' }, { html: `<img src="cid:a"> ${GOOD.text}` }],
  ["no_reply_address", { from: "No Reply <no-reply@example.com>" }, { from: "noah.reply@example.com" }],
];
test.each(rules)("%s: %j, and not %j", (code, found, not) => {
  expect(codes(found)).toContain(code);
  expect(codes(not)).not.toContain(code);
});

test("HTML that opens tags without end is looked at in no time", () => {
  const began = performance.now();
  expect(codes({ html: `<img ${"<".repeat(200_000)}` })).not.toContain("image_only");
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("each has words for a person, and what it is about", () => {
  const all = insights({ ...GOOD, from: "noreply@example.org", to: people(11), text: null, files: ["a.js"] });
  expect(all.map(({ code }) => code)).toEqual([
    "missing_text_body",
    "unaligned_from",
    "many_visible_recipients",
    "executable_attachment",
    "no_reply_address",
  ]);
  const words = all.map(({ message }) => message).join(" ");
  for (const named of ["example.org", "example.com", "11 recipients", "a.js"]) expect(words).toContain(named);
});
