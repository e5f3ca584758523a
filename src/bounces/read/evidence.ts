/** Whether a mail comes from a mail system or answers by itself: what tells a bounce from what only looks or sounds like one. */
import { LONGEST_LINE } from "./limits.ts";
import type { Mail } from "./mail.ts";

const DAEMON =
  /mailer-?daemon|mail-daemon|postmaster|mail delivery (?:sub)?system|mail (?:administrator|system)|MicrosoftExchange[\da-f]{8}/i;
const SUBJECT_OF_BOUNCE =
  /undeliver|(?:delivery|mail) (?:status|fail|has failed|notification|problem|delay)|returned (?:mail|to sender)|failure notice|not delivered|could ?n['’o]t (?:be delivered|deliver)|warning: (?:message|could not)|unzustellbar|nicht zugestellt|non remis|échec|mancata consegna|non recapitat|no entregad|no se pudo entregar|não entregue|niet (?:worden )?bezorgd/i;
const SUBJECT_OF_ANSWER = /^\s*(?:re|aw|sv|fwd?|wg|r|i|tr)\s?:/i;
const SUBJECT_OF_ABSENCE =
  /out of (?:the )?office|auto(?:matic|mated|matisch\w{0,3})?[ -]?(?:reply|response|answer|antwort)|autoreply|\bvacation\b|on (?:holiday|leave)|abwesen|nicht im (?:büro|haus)|absence|absent|réponse automatique|risposta automatica|fuori (?:sede|ufficio)|assente|respuesta automática|fuera de la oficina|resposta automática|fora do escritório|afwezig|automatisch antwoord|autosvar|frånvaro|automatisk svar|fravær|poissa|automaattinen vastaus|automatyczna odpowiedź|nieobecno|automatická odpověď|автоответ|自動返信|自动回复|不在/i;

const FIELDS_OF_ANSWER = [
  "x-autoreply",
  "x-autorespond",
  "x-autoresponder",
  "x-auto-reply",
  "x-autoreply-from",
  "x-mail-autoreply",
];

/** Whether the one stands in a subject, and not behind the other: what follows may be the subject of the message returned. */
export function speaksFirst(subject: string, one: RegExp, other: RegExp): boolean {
  const at = subject.search(one);
  const otherAt = subject.search(other);
  return at !== -1 && (otherAt === -1 || at < otherAt);
}

/** A bounce may come under many names, but never as a person's answer. */
export function isFromMailSystem({ header, subject, reportType }: Mail): boolean {
  if (speaksFirst(subject, SUBJECT_OF_ABSENCE, SUBJECT_OF_BOUNCE) || SUBJECT_OF_ANSWER.test(subject)) return false;
  if (reportType === "delivery-status" || header.has("x-failed-recipients")) return true;
  if (DAEMON.test(header.first("from")?.slice(0, LONGEST_LINE) ?? "")) return true;
  // RFC 5321 4.5.5: what is sent about a mail has a null reverse-path, which the last server writes down.
  return /^<\s*>$/.test(header.first("return-path") ?? "") && SUBJECT_OF_BOUNCE.test(subject);
}

/** Why a mail is taken for one that nobody wrote; nothing for a person's mail, a newsletter or a list. */
export function automaticReply({ header, subject }: Mail): string | undefined {
  if (speaksFirst(subject, SUBJECT_OF_ABSENCE, SUBJECT_OF_BOUNCE)) return "its subject is an automatic reply's";
  // RFC 3834 5
  const submitted = header.first("auto-submitted")?.toLowerCase() ?? "no";
  if (/^auto-(?:replied|generated|notified)/.test(submitted)) return `Auto-Submitted is ${submitted.slice(0, 40)}`;
  if (/^auto[-_]reply/i.test(header.first("precedence") ?? "")) return "Precedence is auto_reply";
  const field = FIELDS_OF_ANSWER.find((name) => header.has(name));
  return field === undefined ? undefined : `it has the field ${field}`;
}
