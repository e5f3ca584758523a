/** What comes in beside bounces: complaints, receipts of certified mail, and mail that is of no consequence. */
import { expect, test } from "vitest";
import { readNotice } from "../../src/bounces/read/index.ts";
import { bytes, fixture, PK, REFERRED, RETURNED, read, readDelivery, readFeedback, readPec } from "./reading.ts";

test.each([
  ["arf-abuse", "abuse", ["nobody@example.net", "other@example.net"]],
  ["arf-not-spam", "not-spam", ["nobody@example.net"]],
  ["arf-redacted", "opt-out", []],
  ["jmrp", "abuse", ["nobody@example.net"]],
])("a complaint is read to its type, its recipients and its message: %s", async (name, feedbackType, recipients) => {
  const { original, ...notice } = await readFeedback(name);
  expect(notice).toMatchObject({ feedbackType, recipients });
  expect(original).toEqual(RETURNED);
});

test("the return path that a complaint repeats is told, since the message's mark stands in it", async () => {
  expect((await readFeedback("arf-abuse")) satisfies object).toMatchObject({
    addressedTo: ["complaints@example.com", "bounces+mark@example.com"],
  });
});

const RECIPIENT = ["nobody@pec.example.net"];
const PROVIDER = "Provider Certificato S.p.A.";

test.each([
  ["pec-acceptance", "pec_acceptance", [], `accettazione, ${PROVIDER}`, REFERRED],
  ["pec-delivery", "pec_delivery", ["second@pec.example.org"], `avvenuta-consegna (completa), ${PROVIDER}`, RETURNED],
  ["pec-delivery-synthetic", "pec_delivery", RECIPIENT, "avvenuta-consegna (sintetica)", REFERRED],
  ["pec-relay", "pec_relay", RECIPIENT, `presa-in-carico, ${PROVIDER}`, REFERRED],
  ["pec-error", "pec_error", RECIPIENT, `errore-consegna, ${PROVIDER}: 5.1.1 - casella inesistente`, REFERRED],
  ["pec-error-broken-xml", "pec_error", RECIPIENT, "errore-consegna", REFERRED],
  ["pec-not-accepted", "pec_error", [], `non-accettazione, ${PROVIDER}: formal error`, REFERRED],
  ["pec-virus", "pec_error", RECIPIENT, `rilevazione-virus, ${PROVIDER}: virus`, REFERRED],
])(
  "a receipt of certified mail is read, with or without its XML: %s",
  async (name, event, recipients, details, original) => {
    const notice = await readPec(name);
    expect(notice).toMatchObject({ event, recipients, details });
    expect(notice.original).toEqual(original);
  },
);

test("what anybody wrote into a mail that is not certified is no receipt, though a provider of certified mail wraps it", async () => {
  const forged = `X-Trasporto: errore
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

From: stranger@example.net
Subject: ACCETTAZIONE: order
X-Ricevuta: accettazione
X-Riferimento-Message-ID: <${PK}@example.com>

--b--
`;
  expect(await readNotice(bytes(forged))).toMatchObject({ kind: "other" });
});

test("the warning that certified mail has not arrived in twelve hours is a delay, and no error yet", async () => {
  const { recipients, original } = await readDelivery("pec-warning");
  expect(recipients).toMatchObject([{ action: "delayed", finalRecipient: RECIPIENT[0] }]);
  expect(original).toEqual(REFERRED);
});

test("entities and a giant daticert.xml cost nothing, and the receipt is read without it", async () => {
  const bomb = `<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><postacert><dati><consegna>&b;</consegna></dati></postacert>`;
  for (const xml of [bomb, "<a>".repeat(20_000), `<postacert>${" ".repeat(900_000)}</postacert>`]) {
    const mail = `X-Ricevuta: avvenuta-consegna
X-Riferimento-Message-ID: <${PK}@example.com>
Content-Type: application/xml; name=daticert.xml

${xml}`;
    expect(await readNotice(bytes(mail))).toMatchObject({ kind: "pec", event: "pec_delivery", recipients: [] });
  }
});

test.each([
  ["out-of-office", "auto_reply"],
  ["out-of-office-german", "auto_reply"],
  ["vacation-sendmail", "auto_reply"],
  ["read-receipt", "other"],
  ["reply", "other"],
  ["newsletter", "other"],
  ["pec-mail", "other"],
])("what only looks like a bounce is none: %s is %s", async (name, kind) => {
  expect(await read(name)).toMatchObject({ kind });
});

test.each([
  "Risposta automatica: ordine",
  "Réponse automatique : commande",
  "Respuesta automática: pedido",
  "Afwezig",
  "自動返信",
])("an automatic reply is known by its subject, though it comes from a mail system: %s", async (subject) => {
  const mail = `From: Postmaster <postmaster@example.net>\nSubject: ${subject}\n\n<nobody@example.net>: delivery failed, 550 5.1.1\n`;
  expect(await readNotice(bytes(mail))).toMatchObject({ kind: "auto_reply" });
});

test.each([
  ["Auto-Submitted: auto-replied", "auto_reply"],
  ["Auto-Submitted: no", "other"],
  ["Precedence: auto_reply", "auto_reply"],
  ["Precedence: bulk", "other"],
  ["X-Autoreply: yes", "auto_reply"],
  ["X-Auto-Response-Suppress: All", "other"],
])("%s makes a mail %s", async (field, kind) => {
  expect(await readNotice(bytes(`From: jane@example.net\nSubject: Hello\n${field}\n\nHello\n`))).toMatchObject({
    kind,
  });
});

test.each([
  "From: Postmaster <postmaster@example.net>\nSubject: Re: Undelivered Mail Returned to Sender",
  "From: Jane <jane@example.net>\nReturn-Path: <>\nSubject: Your order",
  "From: Jane <jane@example.net>\nReturn-Path: <jane@example.net>\nSubject: Delivery failed",
])("a person's words about a bounce are none, whatever they quote: %s", async (header) => {
  const mail = bytes(`${header}\n\n<nobody@example.net>: 550 5.1.1 failed\n\nFinal-Recipient: rfc822; a@example.net\n`);
  expect(await readNotice(mail)).toMatchObject({ kind: "other" });
});

test("where a mail went is told by the envelope that servers wrote down and by its header", async () => {
  const mail = bytes(
    "X-Original-To: one@example.com\nDelivered-To: two@example.com\nReceived: from a by b for <three@example.com>; Tue\nTo: Bounces <four@example.com>\n\n",
  );
  expect((await readNotice(mail)).addressedTo).toEqual([
    "one@example.com",
    "two@example.com",
    "four@example.com",
    "three@example.com",
  ]);
});

test("a mail is the same by whichever way it comes, with a Message-ID and without", async () => {
  expect((await read("gmail")).identity).toBe("<report-1@mx.example.net>");
  const { identity } = await read("qmail");
  const text = new TextDecoder().decode(fixture("qmail"));
  const other = `Received: from elsewhere\r\n${text}`.replaceAll("\r\n", "\n");
  expect(identity).toMatch(/^sha256:/);
  expect((await readNotice(bytes(other))).identity).toBe(identity);
  expect((await readNotice(bytes(text.replace("away@", "gone@")))).identity).not.toBe(identity);
});
