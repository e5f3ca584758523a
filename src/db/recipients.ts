/** How recipients stand in the rows of messages and events: JSON of one short array each, rewritten as a whole when an attempt ends. */

export type RecipientStatus = "pending" | "sent" | "error";

/** `[kind, address]` until a server has spoken of it, then also its status, code, enhanced code and words. */
export type StoredRecipient = [
  kind: "to" | "cc" | "bcc",
  address: string,
  status?: RecipientStatus,
  code?: number | null,
  enhancedCode?: string | null,
  text?: string | null,
];

/** SQL: whether some recipient of the row `messages` has accepted. */
export const ANY_SENT = "exists (select 1 from json_each(messages.recipients) p where p.value->>2 = 'sent')";

/** SQL: the recipients of the row `messages`, those that were open closed with `:error` before what was last said of them. */
export const CLOSED = `(
  select json_group_array(case when ifnull(p.value->>2, 'pending') <> 'pending' then json(p.value)
    else json_array(p.value->>0, p.value->>1, 'error', p.value->>3, p.value->>4, :error || ifnull(': ' || (p.value->>5), '')) end)
  from json_each(messages.recipients) p)`;

/** SQL: whether some recipient of the row `messages` was refused, or given up. */
export const ANY_REFUSED = "exists (select 1 from json_each(messages.recipients) p where p.value->>2 = 'error')";

/** SQL: the recipients of the row `messages`, all but those that have accepted open again, as if nothing had been said of them. */
export const REOPENED = `(
  select json_group_array(case when p.value->>2 = 'sent' then json(p.value) else json_array(p.value->>0, p.value->>1) end)
  from json_each(messages.recipients) p)`;

/** A recipient as the API and the reports tell it. */
export interface RecipientView {
  address: string;
  kind: "to" | "cc" | "bcc";
  status: RecipientStatus;
  code: number | null;
  enhanced_code: string | null;
  text: string | null;
}

export function recipientView([kind, address, status, code, enhancedCode, text]: StoredRecipient): RecipientView {
  return {
    address,
    kind,
    status: status ?? "pending",
    code: code ?? null,
    enhanced_code: enhancedCode ?? null,
    text: text ?? null,
  };
}

/** What an event says, its recipients told: the JSON of `events.data` in the field names of the report. */
export function eventData(json: string): Record<string, unknown> {
  const data = JSON.parse(json) as Record<string, unknown> & { recipients?: StoredRecipient[] };
  return data.recipients === undefined ? data : { ...data, recipients: data.recipients.map(recipientView) };
}
