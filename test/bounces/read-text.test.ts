/** Bounces that mail systems write for people alone, to recipient, action, status, code, reason and message. */
import { expect, test } from "vitest";
import type { DeliveryNotice } from "../../src/bounces/notice.ts";
import { bytes, PK, REFERRED, RETURNED, readDelivery } from "./reading.ts";

const READ: Record<string, Omit<DeliveryNotice, "kind">> = {
  domino: {
    original: REFERRED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        status: "5.1.1",
        reason: "User nobody (nobody@example.net) not listed in Domino Directory",
      },
    ],
  },
  "exchange-2003": {
    original: REFERRED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        status: "5.1.1",
        reason:
          "The e-mail account does not exist at the organization this message was sent to. Check the e-mail address, or contact the recipient directly to find out the correct address. <exchange.example.net #5.1.1>",
      },
    ],
  },
  "exchange-2010-text": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason: "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##",
      },
    ],
  },
  "exim-text": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        originalRecipient: "sales@example.org",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason:
          "host mx2.example.net [192.0.2.25] SMTP error from remote mail server after RCPT TO:<nobody@example.net>: 550 No such user here",
      },
    ],
  },
  "exim-warning": {
    original: REFERRED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "delayed",
        smtpCode: 451,
        status: "4.7.1",
        reason:
          "Delay reason: SMTP error from remote mail server after RCPT TO:<nobody@example.net>: 451 Greylisted, please try again in 300 seconds",
      },
    ],
  },
  "gmail-delayed": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "delayed",
        status: "4.4.1",
        reason: "The recipient server did not accept our requests to connect: Connection timed out",
      },
    ],
  },
  "gmail-text": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 552,
        status: "5.3.4",
        reason: "552 5.3.4 Message size exceeds fixed limit",
      },
    ],
  },
  ironport: {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.0",
        reason: "5.1.0 - Unknown address error 550-'5.7.1 Mail from 192.0.2.10 refused: listed on a blocklist'",
      },
    ],
  },
  mailenable: {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        status: "5.1.2",
        reason: "The message could not be delivered because the domain name (example.net) does not appear to be valid.",
      },
    ],
  },
  "office365-html": {
    original: REFERRED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.2.2",
        reason: "Remote server returned '550 5.2.2 RESOLVER.RST.RecipQuotaExceeded; mailbox full'",
      },
    ],
  },
  "pec-warning": {
    original: REFERRED,
    recipients: [
      {
        finalRecipient: "nobody@pec.example.net",
        action: "delayed",
        reason: "preavviso-errore-consegna, Provider Certificato S.p.A.: tempo massimo superato",
      },
    ],
  },
  "postfix-text-only": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "full@example.net",
        originalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 452,
        status: "4.2.2",
        reason:
          "host mx2.example.net[192.0.2.25] said: 452 4.2.2 The mailbox is over quota (in reply to RCPT TO command)",
      },
      { finalRecipient: "gone@example.net", action: "failed", status: "5.1.1", reason: 'unknown user: "gone"' },
    ],
  },
  qmail: {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason:
          "192.0.2.25 does not like recipient. Remote host said: 550 5.1.1 sorry, no mailbox here by that name Giving up on 192.0.2.25.",
      },
      {
        finalRecipient: "away@example.org",
        action: "failed",
        status: "5.1.2",
        reason: "Sorry, I couldn't find any host named example.org. (#5.1.2)",
      },
    ],
  },
  "sendmail-old": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        originalRecipient: "sales@example.org",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason: "550 5.1.1 <nobody@example.net>... User unknown",
      },
      {
        finalRecipient: "full@example.net",
        action: "failed",
        smtpCode: 552,
        status: "5.2.2",
        reason: "552 full@example.net... Mailbox is full",
      },
      {
        finalRecipient: "slow@example.net",
        action: "delayed",
        smtpCode: 451,
        status: "4.3.0",
        reason: "451 4.3.0 try again later",
      },
    ],
  },
  "small-server": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        status: "5.3.4",
        reason:
          "Message too large for this mailbox Please reply to Postmaster@small.example.net if you feel this message to be in error.",
      },
    ],
  },
  yahoo: {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 554,
        status: "5.1.1",
        reason:
          "554: delivery error: dd This user doesn't have a example.net account (nobody@example.net) [-5] - mta1.mail.example.net",
      },
    ],
  },
};

test.each(Object.entries(READ))(
  "a bounce without a delivery status is read: %s",
  async (name, { original, recipients }) => {
    const notice = await readDelivery(name);
    expect(notice.recipients).toEqual(recipients);
    expect(notice.original).toEqual(original);
  },
);

const BOUNCE = "From: MAILER-DAEMON@example.net\nSubject: Undelivered\n";

test.each([
  [`X-Mail-Proxy-ID: ${PK}`, { pk: PK, messageIds: [] }],
  ["X-Genro-Mail-ID: order-4711", { id: "order-4711", messageIds: [] }],
  [`Message-ID:\n <${PK}@example.com>`, REFERRED],
])("one field of the returned message is enough to point at it: %s", async (field, original) => {
  const notice = await readDelivery(bytes(`${BOUNCE}\nDelivery failed.\n\nFrom: shop@example.com\n${field}\n\nBody\n`));
  expect(notice.original).toEqual(original);
});

test("a bounce that names nobody is still one, of the message that it points at", async () => {
  const notice = await readDelivery(
    bytes(`${BOUNCE}In-Reply-To: <${PK}@example.com>\n\nDelivery failed: mailbox full.\n`),
  );
  expect(notice).toMatchObject({ original: REFERRED, recipients: [{ action: "failed", status: "4.2.2" }] });
  expect(notice.recipients[0]?.finalRecipient).toBeUndefined();
});

test("what a message says in its body points at nothing", async () => {
  const text = `${BOUNCE}\nDelivery failed.\n\nMessage-ID: <a@example.com>\n\nX-Mail-Proxy-ID: ${PK}\n`;
  expect((await readDelivery(bytes(text))).original).toEqual({ messageIds: ["<a@example.com>"] });
});

test.each([
  ["Undeliverable: Delayed shipping", "failed"],
  ["Undeliverable: Out of office from Monday", "failed"],
  ["Mail delivery failed: delivered to your door", "failed"],
  ["Delayed Mail (still being retried)", "delayed"],
])("the subject of the returned message decides nothing: %s", async (subject, action) => {
  const mail = bytes(
    `From: postmaster@example.net\nSubject: ${subject}\n\n<nobody@example.net>: 550 5.1.1 User unknown\n`,
  );
  expect((await readDelivery(mail)).recipients).toMatchObject([{ finalRecipient: "nobody@example.net", action }]);
});
