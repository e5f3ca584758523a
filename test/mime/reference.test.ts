/** The same mails by nodemailer's composer: whoever reads them sees no difference. */
import MailComposer from "nodemailer/lib/mail-composer";
import { expect, test } from "vitest";
import type { Mailbox } from "../../src/mime/address.ts";
import { compose, type Mail } from "../../src/mime/compose.ts";
import { bytesOf, mail, readings } from "./reading.ts";

const png = Uint8Array.from({ length: 3000 }, (_, at) => (at * 31) % 256);

test.each<[string, Partial<Mail>]>([
  ["a short text", { text: "Hello Jane,\n\nsee you.\n" }],
  ["a text in German", { subject: "Grüße aus Köln", text: "Viele Grüße, Straße, Übung\n".repeat(20) }],
  ["a text in Japanese", { subject: "日本語の件名".repeat(12), text: "日本語の本文。\n".repeat(50) }],
  ["long lines", { text: `${"word ".repeat(500)}\nend`, html: `<p>${"x".repeat(3000)}</p>` }],
  ["lines that mail systems change", { text: "From here\n.\n..\ntrailing \ntab\t\nend" }],
  ["both texts", { text: "Hi", html: "<p>Hi 👋</p>" }],
  [
    "a picture in the HTML",
    { html: '<img src="cid:logo@x">', attachments: [{ filename: "l.png", content: png, contentId: "logo@x" }] },
  ],
  [
    "text, picture and files",
    {
      text: "Hi",
      html: '<img src="cid:logo@x">',
      attachments: [
        { filename: "l.png", content: png, contentId: "logo@x" },
        { filename: "Jahresübersicht – März 2026 mit einem sehr langen Namen, der gefaltet wird.pdf", content: png },
        { filename: 'quoted "name".txt', content: bytesOf("a\nb\r\n"), contentType: "text/plain" },
      ],
    },
  ],
  [
    "names of every kind",
    {
      from: { name: "Müller, Jürgen", address: "j@bücher.example" },
      to: [
        { name: 'Jane "JD" Doe', address: "jane@example.org" },
        { name: "👩‍👩‍👧‍👦 family", address: "f@example.org" },
        { address: "o'brien+tag@example.org" },
        { name: "Acme Inc. (sales)", address: "a@example.org" },
      ],
      cc: Array.from({ length: 30 }, (_, at) => ({ name: `Reader Nö ${at}`, address: `reader${at}@example.org` })),
      replyTo: [{ name: "Help", address: "help@example.org" }],
    },
  ],
])("%s", async (_, fields) => {
  const ours = mail({ text: "", ...fields });
  const theirs = await readings(await new MailComposer(asNodemailerTakesIt(ours)).compile().build());
  expect(await readings(compose(ours).bytes)).toEqual(theirs);
});

function asNodemailerTakesIt({ messageId, date, subject, text, html, attachments, ...who }: Mail) {
  const spoken = ({ name = "", address }: Mailbox) => ({ name, address });
  return {
    ...{ messageId, date, subject },
    ...(text === undefined || (text === "" && html !== undefined) ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    from: spoken(who.from),
    to: who.to.map(spoken),
    cc: who.cc.map(spoken),
    replyTo: who.replyTo.map(spoken),
    attachments: attachments.map(({ filename, content, contentType, contentId }) => ({
      filename,
      content: Buffer.from(content),
      ...(contentType === undefined ? {} : { contentType }),
      ...(contentId === undefined ? {} : { cid: contentId }),
    })),
  };
}
