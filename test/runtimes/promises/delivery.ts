/** The way to a server, and what becomes of a message when the server does not take it. */
import PostalMime from "postal-mime";
import { expect } from "vitest";
import type { Answer, Verb } from "../../support/smtp-server.ts";
import { header, openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

const STAGES: Verb[] = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY"];

export function delivery({ proxy, promise }: Promises): void {
  promise("a message arrives once and whole: Unicode, text and HTML, an attachment, and no trace of Bcc", async () => {
    const tenant = await openTenant(proxy);
    const attachment = Buffer.from([0, 255, 13, 10, 46, 13, 10, 128]);
    await tenant.queue({
      id: "m1",
      from: "Grüße GmbH <app@example.com>",
      to: ["Ann <a@example.net>"],
      cc: "c@example.net",
      bcc: ["hidden@example.net"],
      subject: "Grüße 🎉 aus Köln",
      body: undefined,
      text: "Erste Zeile\n.\n..zwei Punkte",
      html: "<p>Grüße</p>",
      attachments: [{ filename: "Übersicht.bin", storage_path: `base64:${attachment.toString("base64")}` }],
    });
    await tenant.untilShows("m1", { status: "sent", attempts: 1 });
    const [mail, ...more] = tenant.server.messages;
    expect(more).toEqual([]);
    expect(mail?.from).toBe("app@example.com");
    expect(mail?.recipients).toEqual(["a@example.net", "c@example.net", "hidden@example.net"]);
    expect(mail?.wire).not.toMatch(/hidden|^bcc:/im);
    const read = await readBack(mail?.wire ?? "");
    expect(read).toMatchObject({
      subject: "Grüße 🎉 aus Köln",
      from: { name: "Grüße GmbH", address: "app@example.com" },
      to: [{ name: "Ann", address: "a@example.net" }],
      text: expect.stringContaining("Erste Zeile\n.\n..zwei Punkte"),
      html: expect.stringContaining("<p>Grüße</p>"),
      attachments: [{ filename: "Übersicht.bin" }],
    });
    expect(Buffer.from(read.attachments[0]?.content as ArrayBuffer)).toEqual(attachment);
  });

  promise("a server with SMTPUTF8 is given addresses of any script as they are", async () => {
    const tenant = await openTenant(proxy);
    await tenant.queue({ id: "m1", to: ["jörg@bücher.example"] });
    const [mail] = await tenant.untilTaken(1);
    expect(Buffer.from(mail?.recipients[0] ?? "", "latin1").toString()).toBe("jörg@bücher.example");
    expect(tenant.server.lines.filter((line) => /^MAIL .* SMTPUTF8/.test(line))).toHaveLength(1);
  });

  promise("a server without SMTPUTF8 is given A-labels, and what cannot be said to it fails alone", async () => {
    const tenant = await openTenant(proxy, { smtp: { extensions: [] } });
    await tenant.queue({ id: "m1", to: ["info@bücher.example"], bcc: ["jörg@bücher.example"] });
    expect(await tenant.untilReported("m1")).toMatchObject([
      { recipients: [{ status: "sent" }, { status: "error", enhanced_code: "5.6.7" }] },
    ]);
    expect(tenant.server.messages.map(({ recipients }) => recipients)).toEqual([["info@xn--bcher-kva.example"]]);
  });

  promise("451 is tried again with the same Message-ID, and each attempt is reported", async () => {
    let refusals = 1;
    const tenant = await openTenant(proxy, {
      smtp: { answer: ({ verb }) => (verb === "BODY" && refusals-- > 0 ? "451 4.3.0 later" : undefined) },
      account: { retry_delays: [0] },
    });
    await tenant.queue({ id: "m1" });
    expect(await tenant.untilReported("m1", 2)).toMatchObject([
      { deferred_ts: expect.any(Number), deferred_reason: expect.stringMatching(/451/), smtp_code: 451, attempt: 1 },
      { sent_ts: expect.any(Number), smtp_code: 250, attempt: 2 },
    ]);
    const [first, second] = tenant.server.heard.map((wire) => header(wire, "Message-ID"));
    expect(first).toBeTruthy();
    expect(second).toBe(first);
  });

  promise("451 at the last attempt fails the message", async () => {
    const tenant = await openTenant(proxy, {
      smtp: { answer: ({ verb }) => (verb === "RCPT" ? "451 4.3.0 later" : undefined) },
      account: { retry_delays: [0] },
    });
    await tenant.queue({ id: "m1" });
    const shown = await tenant.untilShows("m1", { status: "error" });
    expect(shown).toMatchObject({ attempts: 2, error: expect.stringMatching(/451/) });
  });

  promise("a refused recipient fails alone: the others get the message, and the report names each", async () => {
    const tenant = await openTenant(proxy, {
      smtp: { answer: ({ line }) => (/^RCPT.*<no@/.test(line) ? "550 5.1.1 no such user" : undefined) },
    });
    await tenant.queue({ id: "one", to: ["a@example.net", "no@example.net"] }, { id: "all", to: ["no@example.net"] });
    expect(await tenant.untilReported("one")).toMatchObject([
      {
        sent_ts: expect.any(Number),
        recipients: [
          { address: "a@example.net", status: "sent", code: 250 },
          { address: "no@example.net", status: "error", code: 550, enhanced_code: "5.1.1" },
        ],
      },
    ]);
    expect(await tenant.untilReported("all")).toMatchObject([
      { error_ts: expect.any(Number), error: expect.stringMatching(/550/), smtp_code: 550, enhanced_code: "5.1.1" },
    ]);
    expect(tenant.server.messages.map(({ recipients }) => recipients)).toEqual([["a@example.net"]]);
  });

  for (const stage of STAGES) {
    const outcome = stage === "BODY" ? "names the outcome unknown" : "costs nothing";
    promise(`a server that closes the connection at ${stage} hangs nothing and ${outcome}`, () => closing(stage));
  }

  async function closing(stage: Verb): Promise<void> {
    let faults = 1;
    const answer = ({ verb }: { verb: Verb }): Answer | undefined =>
      verb === stage && faults-- > 0 ? { next: "close" } : undefined;
    const tenant = await openTenant(proxy, { smtp: { answer }, account: { retry_delays: [0, 0], max_connections: 1 } });
    await tenant.queue({ id: "m1" });
    // A fault of the account pauses it and is no attempt; one of the transaction is the message's own.
    const isOfAccount = stage === "CONNECT" || stage === "EHLO";
    if (isOfAccount) {
      await tenant.untilAccountIs("paused");
      await tenant.call("POST", "/account/default/resume");
    }
    const attempts = isOfAccount ? 1 : 2;
    await tenant.untilShows("m1", { status: "sent", attempts, outcome_unknown: stage === "BODY" });
    expect(tenant.server.messages).toHaveLength(1);
    const ids = tenant.server.heard.map((wire) => header(wire, "Message-ID"));
    expect(new Set(ids).size).toBe(1);
    if (!isOfAccount)
      expect((await tenant.untilReported("m1", 2))[0]).toMatchObject({ deferred_ts: expect.any(Number) });
  }
}

/** RFC 5321 4.5.2: a leading dot was doubled on the way. */
function readBack(wire: string) {
  return PostalMime.parse(Buffer.from(wire.replace(/^\.\./gm, "."), "latin1"));
}
