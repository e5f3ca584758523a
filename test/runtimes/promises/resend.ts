/** The package `resend` as npm has it: an email sent and looked at; and what is refused. */
import PostalMime, { type Email } from "postal-mime";
import { Resend } from "resend";
import { expect } from "vitest";
import { fileServer } from "../../attachments/support.ts";
import type { ReceivedMessage } from "../../support/smtp-server.ts";
import { EMAIL, given, openResend } from "../clients.ts";
import type { Promises } from "./promise.ts";

/** A transparent dot. */
const GIF = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");

/** What the recipient reads. RFC 5321 4.5.2: the dot that was doubled is taken away. */
function read(message: ReceivedMessage | undefined): Promise<Email> {
  return PostalMime.parse(Buffer.from((message?.wire ?? "").replace(/^\.\./gm, "."), "latin1"));
}

export function resend({ proxy, promise }: Promises): void {
  promise(
    "an email arrives as `emails.send` was given it, and `emails.get` shows it and what became of it",
    async () => {
      const { client, tenant } = await openResend(proxy);
      const { id } = given(
        await client.emails.send({
          from: "Zoë <shop@example.com>",
          to: ["Ann <ann@example.net>", "bob@example.net"],
          cc: "carl@example.net",
          bcc: ["hidden@example.net"],
          replyTo: "help@example.com",
          subject: "Grüße, 你好",
          text: "Thank you.\n.a line with a dot",
          html: "<p>Thank you: €</p>",
          headers: { "X-Order": "17" },
          tags: [{ name: "kind", value: "order" }],
        }),
      );
      const [message] = await tenant.untilTaken(1);
      expect(message?.recipients).toEqual([
        "ann@example.net",
        "bob@example.net",
        "carl@example.net",
        "hidden@example.net",
      ]);
      expect(message?.wire).not.toContain("hidden@");
      const mail = await read(message);
      expect(mail).toMatchObject({
        from: { name: "Zoë", address: "shop@example.com" },
        to: [{ name: "Ann", address: "ann@example.net" }, { address: "bob@example.net" }],
        cc: [{ address: "carl@example.net" }],
        replyTo: [{ address: "help@example.com" }],
        subject: "Grüße, 你好",
        text: expect.stringContaining("Thank you.\n.a line with a dot"),
        html: expect.stringContaining("<p>Thank you: €</p>"),
      });
      expect(mail.headers).toContainEqual(expect.objectContaining({ key: "x-order", value: "17" }));

      await proxy.until(async () => given(await client.emails.get(id)).last_event === "sent");
      expect(given(await client.emails.get(id))).toMatchObject({
        object: "email",
        id,
        message_id: mail.messageId,
        from: "Zoë <shop@example.com>",
        to: ["Ann <ann@example.net>", "bob@example.net"],
        cc: ["carl@example.net"],
        bcc: ["hidden@example.net"],
        reply_to: ["help@example.com"],
        subject: "Grüße, 你好",
        html: "<p>Thank you: €</p>",
        text: "Thank you.\n.a line with a dot",
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        scheduled_at: null,
        tags: [{ name: "kind", value: "order" }],
      });
    },
  );

  promise("files arrive with it: bytes, one that is fetched from its URL, an image that the HTML shows", async () => {
    const files = await fileServer((_, response) => {
      response.setHeader("Content-Type", "text/plain");
      return "the terms";
    });
    const { client, tenant } = await openResend(proxy);
    const attachments = [
      { filename: "invoice.pdf", content: Buffer.from("%PDF-1.7 an invoice") },
      { filename: "terms.txt", path: `${files.url}/terms.txt` },
      { filename: "logo.gif", content: GIF.toString("base64"), contentType: "image/gif", contentId: "logo" },
    ];
    given(await client.emails.send({ ...EMAIL, html: '<img src="cid:logo">', attachments }));
    const mail = await read((await tenant.untilTaken(1))[0]);
    const arrived = mail.attachments.map(({ filename, mimeType, contentId, content }) => ({
      filename,
      mimeType,
      contentId,
      bytes: Buffer.from(content as ArrayBuffer).toString("base64"),
    }));
    expect(arrived).toHaveLength(3);
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    expect(arrived).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          filename: "invoice.pdf",
          mimeType: "application/pdf",
          bytes: base64("%PDF-1.7 an invoice"),
        }),
        expect.objectContaining({ filename: "terms.txt", mimeType: "text/plain", bytes: base64("the terms") }),
        expect.objectContaining({
          filename: "logo.gif",
          mimeType: "image/gif",
          contentId: "<logo>",
          bytes: GIF.toString("base64"),
        }),
      ]),
    );
  });

  promise("what `resend` is refused is said in its words, and nothing is kept of it", async () => {
    const { client, tenant, relay } = await openResend(proxy);
    const stranger = new Resend("re_wrong", { baseUrl: relay.url });
    expect((await stranger.emails.send(EMAIL)).error).toMatchObject({ statusCode: 401, name: "invalid_api_key" });

    const unknown = crypto.randomUUID();
    const missing = [
      await client.emails.get(unknown),
      await client.emails.cancel(unknown),
      await client.emails.update({ id: unknown, scheduledAt: "in 1 min" }),
    ];
    for (const { error } of missing) expect(error).toMatchObject({ statusCode: 404, name: "not_found" });

    const template = { id: "welcome" };
    const invalid: [string, Awaited<ReturnType<typeof client.emails.send>>][] = [
      ["to", await client.emails.send({ ...EMAIL, to: "nobody" })],
      ["template", await client.emails.send({ from: EMAIL.from, to: EMAIL.to, subject: "Hello", template })],
      ["topic_id", await client.emails.send({ ...EMAIL, topicId: "news" })],
      ["scheduled_at", await client.emails.send({ ...EMAIL, scheduledAt: "when pigs fly" })],
      ["attachments", await client.emails.send({ ...EMAIL, attachments: [{ filename: "empty.pdf" }] })],
      ["colour", await client.post("/emails", { ...EMAIL, colour: "red" })],
    ];
    for (const [field, { error }] of invalid)
      expect(error, field).toMatchObject({
        statusCode: 422,
        name: field === "attachments" ? "invalid_attachment" : "validation_error",
        message: expect.stringContaining(field),
      });
    const { to: _, ...withoutTo } = EMAIL;
    expect((await client.post("/emails", withoutTo)).error).toMatchObject({
      statusCode: 422,
      name: "missing_required_field",
    });
    expect((await client.put("/emails", EMAIL)).error).toMatchObject({ statusCode: 405, name: "method_not_allowed" });
    expect((await tenant.call("GET", "/messages")).body.messages).toEqual([]);
  });
}
