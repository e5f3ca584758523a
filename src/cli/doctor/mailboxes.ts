/** Whether the mailboxes in which bounces and receipts come in can be reached, and when each was read last. */
import { mailboxRows } from "../../bounces/mailbox-lease.ts";
import { type MailboxSettings, readMailboxes } from "../../tenancy/mailboxes.ts";
import { toldOf } from "./attention.ts";
import { inTurns } from "./bounded.ts";
import { judgeCertificate } from "./certificate.ts";
import { about, failed, ok, skipped, type Told, type Verdict, warning } from "./finding.ts";
import { type Meeting, meet } from "./meeting.ts";
import type { Patient } from "./patient.ts";
import { spanText } from "./words.ts";

/** A mailbox is looked into every minute or so; the ones that are told of what comes are asked again within half an hour. */
const LONG_UNREAD_MS = 3_600_000;

export async function* checkMailboxes(patient: Patient): AsyncGenerator<Told> {
  const { db, vault, wishes, now, record } = patient;
  if (vault === undefined)
    return yield about("mailboxes", skipped("their passwords cannot be opened without the right key"));
  const all = await readMailboxes(db, vault);
  const mailboxes = all.filter(({ tenantId }) => wishes.tenantId === undefined || tenantId === wishes.tenantId);
  if (mailboxes.length === 0) return yield about("mailboxes", skipped("none is to be read"));
  const rows = await mailboxRows(db);
  const examine = async (mailbox: MailboxSettings): Promise<Told> => {
    const { host, port, ssl, publicOnly } = mailbox;
    const ca = mailbox.ca ?? undefined;
    const met = await meet({
      host,
      port,
      speaks: ssl ? "implicit" : "none",
      ca,
      publicOnly,
      timeoutMs: wishes.timeoutMs,
    });
    const readAt = rows.get(mailbox.id)?.lastReadAt ?? null;
    return about(nameOf(mailbox), judgeMailbox(mailbox, met, { readAt, isRead: record !== undefined }, now()));
  };
  for await (const told of inTurns(mailboxes, examine)) yield told;
  yield* toldOf(patient, "mailboxes");
}

function nameOf({ tenantId, accountId }: MailboxSettings): string {
  return tenantId === null ? "bounces" : `${tenantId}/${accountId}`;
}

export function judgeMailbox(
  { host, port, tlsVerify }: Pick<MailboxSettings, "host" | "port" | "tlsVerify">,
  { fault, certificate }: Pick<Meeting, "fault" | "certificate">,
  { readAt, isRead }: { readAt: number | null; isRead: boolean },
  now: number,
): Verdict {
  const at = `${host}:${port}`;
  if (fault !== null)
    return failed(`${at} cannot be reached: ${fault}`, "put host and port right, or see to the firewall");
  const shown = certificate === null ? ok("reached") : judgeCertificate(certificate, now, tlsVerify);
  const since = readAt === null ? "never read to its end" : `read ${spanText(now - readAt)} ago`;
  const text = `${at}: ${shown.text}; ${since}`;
  if (shown.advice !== null) return { ...shown, text };
  const isLate = readAt === null || now - readAt > LONG_UNREAD_MS;
  return isLate && isRead
    ? warning(text, "look what the log says of it: mail-proxy NAME logs --level warning")
    : ok(text);
}
