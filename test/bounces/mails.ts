/** Mails that come back, as plain as their standards have them: what is read of real servers' own is read/'s affair. */

/** What came back of the message: its header. */
interface Returned {
  pk?: string | undefined;
  id?: string | undefined;
  messageId?: string | undefined;
}

interface Recipient {
  address: string;
  action?: "failed" | "delayed" | "delivered" | "relayed" | "expanded";
  status?: string;
  code?: number;
  words?: string;
}

interface Options extends Returned {
  to?: string;
  identity?: string;
  recipients?: Recipient[];
  envelopeId?: string;
}

/** RFC 3464, in the multipart of RFC 6522. */
export function bounce({ to = "bounces@example.com", identity = "1@mx.example.net", ...told }: Options = {}): string {
  const { recipients = [{ address: "a@example.net" }], envelopeId } = told;
  const each = recipients.map(({ address, action = "failed", status = "5.1.1", code = 550, words = "no such user" }) =>
    lines(
      `Final-Recipient: rfc822; ${address}`,
      `Action: ${action}`,
      `Status: ${status}`,
      `Diagnostic-Code: smtp; ${code} ${status} ${words}`,
    ),
  );
  const perMessage = lines(
    ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${envelopeId}`]),
    "Reporting-MTA: dns; mx.example.net",
  );
  return multipart(
    { to, identity, type: "delivery-status", subject: "Undelivered Mail Returned to Sender" },
    part("text/plain", "Your mail could not be delivered.\r\n"),
    part("message/delivery-status", [perMessage, ...each].join("\r\n")),
    part("text/rfc822-headers", returned(told)),
  );
}

/** RFC 5965. */
export function complaint(told: Returned & { type?: string; recipient?: string } = {}): string {
  const { type = "abuse", recipient } = told;
  return multipart(
    { to: "bounces@example.com", identity: "2@fbl.example.net", type: "feedback-report", subject: "complaint" },
    part("text/plain", "This is an abuse report.\r\n"),
    part(
      "message/feedback-report",
      lines(
        `Feedback-Type: ${type}`,
        "User-Agent: SomeGenerator/1.0",
        "Version: 1",
        ...(recipient === undefined ? [] : [`Original-Rcpt-To: <${recipient}>`]),
      ),
    ),
    part("message/rfc822", `${returned(told)}\r\nHello\r\n`),
  );
}

/** A receipt of certified mail without the parts that only people read. */
export function receipt(kind: string, messageId: string): string {
  return lines(
    "From: posta-certificata@pec.example.it",
    "To: sender@pec.example.it",
    `Subject: ${kind.toUpperCase()}: Hello`,
    `Message-ID: <${kind}@pec.example.it>`,
    `X-Ricevuta: ${kind}`,
    `X-Riferimento-Message-ID: ${messageId}`,
    "Content-Type: text/plain",
    "",
    "Ricevuta",
  );
}

export const bytes = (mail: string) => new TextEncoder().encode(mail);

function returned({ pk, id, messageId }: Returned): string {
  return lines(
    "From: app@example.com",
    "To: a@example.net",
    "Subject: Hello",
    ...(messageId === undefined ? [] : [`Message-ID: ${messageId}`]),
    ...(pk === undefined ? [] : [`X-Mail-Proxy-ID: ${pk}`]),
    ...(id === undefined ? [] : [`X-Genro-Mail-ID: ${id}`]),
  );
}

function multipart(about: Record<"to" | "identity" | "type" | "subject", string>, ...parts: string[]): string {
  const header = lines(
    "From: MAILER-DAEMON@mx.example.net",
    `To: ${about.to}`,
    `Subject: ${about.subject}`,
    `Message-ID: <${about.identity}>`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=${about.type}; boundary="b"`,
  );
  return `${header}\r\n${parts.map((one) => `--b\r\n${one}\r\n`).join("")}--b--\r\n`;
}

function part(type: string, content: string): string {
  return `Content-Type: ${type}\r\n\r\n${content}`;
}

function lines(...all: string[]): string {
  return all.map((line) => `${line}\r\n`).join("");
}
