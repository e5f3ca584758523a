/** Shows one message: its fields, a table of its recipients, and one of what happened to it. */
import * as v from "valibot";
import { segment } from "./api-call.ts";
import { type Cell, moment } from "./cell.ts";
import { UsageError } from "./exit.ts";
import { type Format, print, printFields, printRows } from "./output.ts";
import type { TenantScope } from "./tenant-scope.ts";

const Message = v.looseObject({
  recipients: v.array(v.record(v.string(), v.unknown())),
  events: v.array(v.looseObject({ event: v.string(), event_ts: v.number() })),
});

export async function showMessage(
  { tenantId, withTenantApi }: TenantScope,
  id: string,
  { payload, ...format }: Format & { payload?: boolean },
): Promise<void> {
  if (payload && !format.json) throw new UsageError("--payload needs --json");
  const query = { tenant_id: tenantId, include: payload ? "payload" : undefined };
  const answer = await withTenantApi((call) => call("GET", `/messages/${segment(id)}`, { query }));
  const { ok: _, ...message } = answer;
  if (format.json || format.csv) return printFields(message, format);
  printMessage(message);
}

/** For people; `message` is what the API tells of it. */
export function printMessage(message: unknown): void {
  const { recipients, events, ...fields } = v.parse(Message, message);
  printFields(fields);
  print("");
  printRows(recipients.map(cells), "it has no recipients", ["kind"]);
  print("");
  printRows(events.map(eventRow), "nothing has happened yet", ["reported"]);
}

function cells(recipient: Record<string, unknown>): Record<string, Cell> {
  return Object.fromEntries(Object.entries(recipient).map(([name, value]) => [name, cell(value)]));
}

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}

/** What an event tells beside itself; the recipients stand above. */
function eventRow(event: v.InferOutput<typeof Message>["events"][number]) {
  const { event: name, event_ts, event_id: _, reported_ts, recipients: __, ...data } = event;
  const told = Object.entries(data).filter(([, value]) => value !== null);
  return {
    event: name,
    at: moment(event_ts),
    reported: moment(reported_ts),
    details: told
      .map(([field, value]) => `${field}=${typeof value === "object" ? JSON.stringify(value) : value}`)
      .join(" "),
  };
}
