/** What every way of giving up waiting messages has in common: their open recipients, their event, their totals. */
import type { InStatement } from "@libsql/client";
import { ANY_SENT, CLOSED } from "../db/recipients.ts";
import { minuteOf, rollUp } from "../db/rollups.ts";
import { COUNTER, countInto } from "./events.ts";

/** SQL: the state that a message ends in. What some recipients have accepted counts as sent, also where the others were given up. */
export const FINAL = `case when ${ANY_SENT} then 'sent' else 'error' end`;

type Args = Record<string, string | number>;

/** Closes the messages of `where` (SQL on `messages`, with `args`) for `error`; the caller's next statement ends the rows themselves. */
export function closing(where: string, args: Args, error: string, now: number): InStatement[] {
  return [
    {
      sql: `update messages set recipients = ${CLOSED} where ${where}`,
      args: { ...args, error },
    },
    {
      sql: `insert into events (tenant_id, message, type, at, data, report_at)
        select tenant_id, seq, ${FINAL}, :now, json_object('error', :error, 'attempt', attempts, 'recipients',
          json(messages.recipients)), :now
        from messages where ${where}`,
      args: { ...args, error, now },
    },
    ...(["sent", "error"] as const).map((state) => ({
      sql: countInto(`select account_key, tenant_id from messages where ${where} and ${FINAL} = '${state}'`),
      args: { ...args, name: COUNTER[state] },
    })),
    {
      sql: rollUp(
        ["sent", "failed"],
        `select account_key, tenant_id, ${FINAL} = 'sent' as sent, ${FINAL} = 'error' as failed from messages where ${where}`,
      ),
      args: { ...args, minute: minuteOf(now) },
    },
  ];
}
