/** How texts, pictures and attachments are put together, and that the same mail is always the same bytes. */
import { expect, test } from "vitest";
import { compose, type Mail } from "../../src/mime/compose.ts";
import { bytesOf, expectWire, mail, readings, source } from "./reading.ts";

const logo = { filename: "logo.png", content: bytesOf("png"), contentId: "logo" };
const pdf = { filename: "a.pdf", content: bytesOf("pdf") };
const html = '<p>Hi <img src="cid:logo"></p>';

/** The types of all parts, nested as they are. */
function outline(fields: Partial<Mail>): string {
  const { bytes } = compose(mail(fields));
  expectWire(bytes);
  const types = [...source(bytes).matchAll(/^Content-Type: (\w+\/\w+)|^--=_\w+?(--)\r$/gm)];
  return types
    .map(([, type, end]) => (end ? ")" : type?.startsWith("multipart/") ? `${type.slice(10)}(` : ` ${type} `))
    .join("");
}

test.each<[string, Partial<Mail>, string]>([
  ["nothing", {}, " text/plain "],
  ["empty texts", { text: "", html: "" }, " text/plain "],
  ["a text", { text: "Hi" }, " text/plain "],
  ["HTML", { html }, " text/html "],
  ["HTML and an empty text", { html, text: "" }, " text/html "],
  ["both", { text: "Hi", html }, "alternative( text/plain  text/html )"],
  ["a text and a file", { text: "Hi", attachments: [pdf] }, "mixed( text/plain  application/pdf )"],
  ["a file alone", { attachments: [pdf] }, "mixed( text/plain  application/pdf )"],
  ["HTML and its picture", { html, attachments: [logo] }, "related( text/html  image/png )"],
  ["a text and a picture", { text: "cid:logo", attachments: [logo] }, "mixed( text/plain  image/png )"],
  [
    "HTML that does not show the picture",
    { html: "<p>cid:logo2</p>", attachments: [logo] },
    "mixed( text/html  image/png )",
  ],
  [
    "all of it",
    { text: "Hi", html, attachments: [pdf, logo, pdf] },
    "mixed(alternative( text/plain related( text/html  image/png )) application/pdf  application/pdf )",
  ],
])("a mail of %s", (_, fields, expected) => {
  expect(outline(fields)).toBe(expected);
});

test.each(['<img src="cid:logo">', "<img src=cid:logo>", "<p style='background: url(CID:logo)'>"])(
  "%s shows the picture",
  (page) => {
    expect(outline({ html: page, attachments: [logo] })).toMatch(/^related/);
  },
);

test("a cid: URL may be percent-encoded, or hold a stray percent sign", () => {
  expect(outline({ html: "<img src='cid:a%25b'>", attachments: [{ ...logo, contentId: "a%b" }] })).toMatch(/^related/);
  expect(outline({ html: "<img src='cid:50%'>", attachments: [{ ...logo, contentId: "50%" }] })).toMatch(/^related/);
});

test("a picture in the HTML is inline, a file is an attachment, and what the sender says wins", async () => {
  const { bytes } = compose(mail({ html, attachments: [logo, pdf, { ...pdf, disposition: "inline" }] }));
  for (const { attachments } of Object.values(await readings(bytes)))
    expect(attachments.map(({ disposition }) => disposition)).toEqual(["inline", "attachment", "inline"]);
  expect(source(bytes)).toContain('multipart/related; type="text/html";');
});

test("the same mail is the same bytes on every attempt, and another mail has other boundaries", () => {
  const both = mail({ text: "Hi", html });
  expect(compose(both).bytes).toEqual(compose(structuredClone(both)).bytes);
  const boundary = (seed: string) =>
    /boundary="([^"]+)"/.exec(source(compose({ ...both, boundarySeed: seed }).bytes))?.[1];
  expect(boundary("a")).not.toBe(boundary("b"));
});

test.each([
  ["", ""],
  ["Hi", "Hi\r\n"],
  ["Hi\n", "Hi\r\n"],
  ["Hi\n\n", "Hi\r\n\r\n"],
  ["from me to you, with all of my liebe Grüße\n", "from me to you, with all of my liebe Gr=C3=BC=C3=9Fe\r\n"],
  ["語", "6Kqe\r\n"],
])("the text %j ends in a line end, and in no more than it has", (text, body) => {
  const message = source(compose(mail({ text })).bytes);
  expect(message.slice(message.indexOf("\r\n\r\n") + 4)).toBe(body);
});

test("a boundary that stands in a part is not taken", async () => {
  const clean = mail({ text: "Hi", html: "<p>Hi</p>", attachments: [pdf] });
  const boundaries = [...source(compose(clean).bytes).matchAll(/boundary="([^"]+)"/g)].map(([, boundary]) => boundary!);
  expect(boundaries).toHaveLength(2);
  const lines = boundaries.map((boundary) => `--${boundary}\n--${boundary}--`).join("\n");
  const eml = { filename: "a.eml", content: bytesOf(`Subject: x\n\n${lines}`) };
  for (const hostile of [mail({ ...clean, text: lines }), mail({ ...clean, attachments: [eml] })]) {
    const { bytes } = compose(hostile);
    for (const [, boundary] of source(bytes).matchAll(/boundary="([^"]+)"/g))
      expect(boundaries).not.toContain(boundary);
    for (const reading of Object.values(await readings(bytes)))
      expect(reading).toMatchObject({ text: hostile.text, html: "<p>Hi</p>", attachments: [{}] });
  }
});

test("a large attachment is composed in time that grows with its size", async () => {
  const content = new Uint8Array(20 * 1024 * 1024).fill(7);
  const started = performance.now();
  const { bytes } = compose(mail({ attachments: [{ filename: "big.bin", content }] }));
  expect(performance.now() - started).toBeLessThan(5000);
  expect(bytes.length).toBeGreaterThan((content.length * 4) / 3);
});

test.each([
  ["the subject", (text: string) => mail({ subject: text })],
  ["a name", (text: string) => mail({ from: { name: text, address: "a@example.com" } })],
  ["a header", (text: string) => mail({ headers: [["X-A", text]] })],
  ["a text", (text: string) => mail({ text })],
  ["HTML", (text: string) => mail({ html: text, attachments: [logo] })],
  ["a file name", (text: string) => mail({ attachments: [{ ...pdf, filename: text }] })],
])("a quarter of a megabyte of anything as %s keeps the rules of the wire, soon", (_, build) => {
  const started = performance.now();
  for (const text of [
    `a${" ".repeat(250_000)}b`,
    "x".repeat(250_000),
    "\t".repeat(250_000),
    "cid:".repeat(60_000),
    "語".repeat(80_000),
  ])
    expectWire(compose(build(text)).bytes);
  expect(performance.now() - started).toBeLessThan(5000);
});
