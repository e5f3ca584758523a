/** Holds what arrived in the inbox against what was sent: the demo's verdict. */
import type { Mail } from "../../sandbox/inbox.ts";
import { detailsOf } from "../../sandbox/views.ts";
import type { ReportEndpoint } from "./endpoint.ts";
import type { DemoMail } from "./mails.ts";

export interface Evidence extends Pick<ReportEndpoint, "sent" | "failed"> {
  mails: DemoMail[];
  /** Unix milliseconds, here and below. */
  startedAt: number;
  /** By message: when the request that brought it began. */
  acceptedAt: Map<string, number>;
  arrived: Mail[];
}

export interface Verdict {
  messages: number;
  accepted: number;
  /** Arrived once, with their subject and attachment unchanged. */
  delivered: number;
  reported: number;
  /** What is wrong, a line a message. */
  faults: string[];
  /** How long it took from the first request to the last mail in the inbox, and to the last report. */
  deliveredMs: number;
  reportedMs: number;
  /** The mail that took longest from its request to the inbox. */
  slowest: { id: string; ms: number };
}

export async function check(evidence: Evidence): Promise<Verdict> {
  const { mails, startedAt, acceptedAt, arrived, sent } = evidence;
  const faults = await Promise.all(mails.map((mail) => faultOf(mail, evidence)));
  const waits = mails.flatMap(({ id, to }) => {
    const [mail] = copiesFor(to, arrived);
    return mail === undefined ? [] : [{ id, ms: mail.receivedAt - (acceptedAt.get(id) ?? startedAt) }];
  });
  return {
    messages: mails.length,
    accepted: acceptedAt.size,
    delivered: mails.filter(({ to }) => copiesFor(to, arrived).length === 1).length,
    reported: mails.filter(({ id }) => sent.has(id)).length,
    faults: faults.filter((fault) => fault !== undefined),
    deliveredMs: Math.max(0, ...arrived.map(({ receivedAt }) => receivedAt)) - startedAt,
    reportedMs: Math.max(0, ...sent.values()) - startedAt,
    slowest: waits.reduce((slow, wait) => (wait.ms > slow.ms ? wait : slow), { id: "none", ms: 0 }),
  };
}

async function faultOf(mail: DemoMail, { acceptedAt, arrived, sent, failed }: Evidence): Promise<string | undefined> {
  const { id, to, subject, filename } = mail;
  if (!acceptedAt.has(id)) return `${id} was not accepted`;
  const refusal = failed.get(id);
  if (refusal !== undefined) return `${id} failed: ${refusal}`;
  const copies = copiesFor(to, arrived);
  const [first] = copies;
  if (first === undefined || copies.length > 1) return `${id} arrived ${copies.length} times`;
  const details = await detailsOf(first);
  if (details.subject !== subject) return `${id} arrived with the subject ${details.subject}`;
  if (details.attachments[0]?.filename !== filename) return `${id} arrived without its attachment ${filename}`;
  return sent.has(id) ? undefined : `${id} was not reported`;
}

function copiesFor(to: string, arrived: Mail[]): Mail[] {
  return arrived.filter(({ rcptTo }) => rcptTo.includes(to));
}
