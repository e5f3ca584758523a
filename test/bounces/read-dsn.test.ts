/** Delivery status notifications of each style, to recipient, action, status, code, reason and message. */
import { expect, test } from "vitest";
import type { DeliveryNotice } from "../../src/bounces/notice.ts";
import { PK, RETURNED, readDelivery } from "./reading.ts";

const READ: Record<string, Omit<DeliveryNotice, "kind">> = {
  courier: {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason: "mx2.example.net [192.0.2.25]: >>> RCPT TO:<nobody@example.net> <<< 550 User unknown.",
      },
    ],
  },
  "exim-rfc3464": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 554,
        status: "5.7.1",
        reason: "554 5.7.1 Message rejected as spam",
      },
    ],
  },
  gmail: {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason:
          "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. u1-20020a0 - gsmtp",
      },
    ],
  },
  office365: {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.10",
        reason: "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
      },
    ],
  },
  "pec-anomaly-bounce": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        originalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason: "550 5.1.1 <nobody@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
      },
    ],
  },
  "postfix-delayed": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        originalRecipient: "nobody@example.net",
        action: "delayed",
        status: "4.4.1",
        reason: "connect to mx2.example.net[192.0.2.25]:25: Connection timed out",
        retryUntil: 1772960401000,
      },
    ],
  },
  "postfix-failed": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        originalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason: "550 5.1.1 <nobody@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
      },
    ],
  },
  "postfix-success": {
    original: { messageIds: [], envelopeId: PK },
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        originalRecipient: "nobody@example.net",
        action: "delivered",
        status: "2.0.0",
        reason: "delivery via local: delivered to mailbox",
      },
      {
        finalRecipient: "other@example.org",
        originalRecipient: "other@example.org",
        action: "relayed",
        smtpCode: 250,
        status: "2.0.0",
        reason: "250 2.0.0 Ok: queued as 7A",
      },
      { finalRecipient: "team@example.net", action: "expanded", status: "2.0.0", reason: "2.0.0" },
    ],
  },
  rfc6533: {
    original: {
      pk: PK,
      id: "order-4711",
      messageIds: ["<0197f1c2-7a3b-7c4d-8e5f-001122334455@example.com>"],
      envelopeId: "QQ314159",
    },
    recipients: [
      {
        finalRecipient: "jörg@example.net",
        originalRecipient: "jörg@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason: "550 5.1.1 unbekannt: jörg",
      },
    ],
  },
  "sendmail-rfc3464": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.7.1",
        reason: "550 5.7.1 relaying denied",
      },
    ],
  },
  "several-recipients": {
    original: { messageIds: [] },
    recipients: [
      {
        finalRecipient: "a@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.1.1",
        reason: "550 5.1.1 unknown",
      },
      {
        finalRecipient: "b@example.net",
        action: "delayed",
        smtpCode: 452,
        status: "4.2.2",
        reason: "452 4.2.2 over quota",
        retryUntil: 1772960400000,
      },
      { finalRecipient: "c@example.net", action: "failed", smtpCode: 550, status: "5.1.1", reason: "550 User unknown" },
      { finalRecipient: "d@example.net", action: "delayed", status: "4.4.7", reason: "delivery time expired" },
    ],
  },
  "status-as-attachment": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        smtpCode: 552,
        status: "5.2.2",
        reason: "552 Requested mail action aborted: mailbox full for this account",
      },
    ],
  },
  "status-base64": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        originalRecipient: "sales+spring@example.net",
        action: "failed",
        smtpCode: 550,
        status: "5.7.1",
        reason: "550 5.7.1 Refused by policy. See the list.",
      },
    ],
  },
  "status-in-text": {
    original: RETURNED,
    recipients: [
      {
        finalRecipient: "nobody@example.net",
        action: "failed",
        status: "5.2.1",
        reason: "Your message could not be delivered.",
      },
    ],
  },
};

test.each(Object.entries(READ))("a delivery status is read: %s", async (name, { original, recipients }) => {
  const notice = await readDelivery(name);
  expect(notice.recipients).toEqual(recipients);
  expect(notice.original).toEqual(original);
});
