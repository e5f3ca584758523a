/** What every way of giving up waiting messages has in common: their open recipients, their event, their totals. */
import type { InStatement } from "@libsql/client";
import { COUNTER, countInto } from "./events.ts";

/** SQL: the state that a message ends in. What some recipients have accepted counts as sent, also where the others were given up. */
export const FINAL =
  "case when exists (select 1 from recipients p where p.message = seq and p.status = 'sent') then 'sent' else 'error' end";

type Args = Record<string, string | number>;

/** Closes the messages of `where` (SQL on `messages`, with `args`) for `error`; the caller's next statement ends the rows themselves. */
export function closing(where: string, args: Args, error: string, now: number): InStatement[] {
  return [
    {
      sql: `update recipients set status = 'error', text = :error || ifnull(': ' || text, '')
        where status = 'pending' and message in (select seq from messages where ${where})`,
      args: { ...args, error },
    },
    {
      sql: `insert into events (tenant_id, message, type, at, data, report_at)
        select tenant_id, seq, ${FINAL}, :now, json_object('error', :error, 'attempt', attempts, 'recipients',
          (select json_group_array(json_object('address', address, 'status', status, 'code', code,
            'enhanced_code', enhanced_code, 'text', text)) from recipients where message = seq)), :now
        from messages where ${where}`,
      args: { ...args, error, now },
    },
    ...(["sent", "error"] as const).map((state) => ({
      sql: countInto(`select account_key, tenant_id from messages where ${where} and ${FINAL} = '${state}'`),
      args: { ...args, name: COUNTER[state] },
    })),
  ];
}
