/** Other paths for what there is: those that clients of the reference's code call, entity by entity and verb by verb. */
import * as v from "valibot";
import { AppError } from "../errors.ts";
import type { Alias, Call } from "./alias-calls.ts";
import type { Fields } from "./alias-request.ts";
import { flag } from "./schemas/values.ts";
import { invalidField } from "./validation.ts";

/** As many as a page may hold: whoever expects all of them in one list gets the most that there is. */
const LONGEST_PAGE = 500;

export const ALIASES: readonly Alias[] = [
  { at: "POST /messages/add", to: "POST /commands/add-messages", fields: oneMessage, answer: addedMessage },
  { at: "POST /messages/add_batch", to: "POST /commands/add-messages", fields: messagesFrom },
  {
    at: "POST /messages/delete",
    to: "POST /commands/delete-messages?tenant_id",
    fields: ({ message_pk, ...rest }) => ({ ...rest, ids: [message_pk] }),
    answer: ({ removed }) => removed === 1,
  },
  { at: "POST /messages/delete_batch", to: "POST /commands/delete-messages?tenant_id" },
  { at: "POST /messages/cleanup", to: "POST /commands/cleanup-messages?tenant_id" },
  {
    at: "GET /messages/list",
    to: "GET /messages",
    fields: longList(messageFilter),
    answer: ({ messages }) => messages,
  },
  { at: "GET /messages/get", to: "GET /messages/{message_id}" },
  { at: "GET /messages/count_active", to: "GET /counts/active", answer: ({ count }) => count },
  { at: "GET /messages/count_pending_for_tenant", to: "GET /counts/pending", answer: ({ count }) => count },

  { at: "POST /tenants/add", to: "POST /tenant", answer: addedTenant },
  { at: "POST /tenants/update", to: "PUT /tenant/{tenant_id}", fields: withoutNulls },
  { at: "POST /tenants/delete", to: "DELETE /tenant/{tenant_id}", answer: () => true },
  { at: "POST /tenants/suspend_batch", to: "POST /commands/suspend?*" },
  { at: "POST /tenants/activate_batch", to: "POST /commands/activate?*" },
  { at: "POST /tenants/create_api_key", to: "POST /tenant/{tenant_id}/api-key" },
  { at: "POST /tenants/revoke_api_key", to: "DELETE /tenant/{tenant_id}/api-key" },
  { at: "GET /tenants/list", to: "GET /tenants", answer: ({ tenants }) => tenants },
  { at: "GET /tenants/get", to: "GET /tenant/{tenant_id}" },

  { at: "POST /accounts/add", to: "POST /account" },
  { at: "POST /accounts/delete", to: "DELETE /account/{account_id}" },
  { at: "GET /accounts/list", to: "GET /accounts", answer: ({ accounts }) => accounts },
  { at: "GET /accounts/get", to: "GET /account/{account_id}" },

  { at: "POST /instance/run_now", to: "POST /commands/run-now?*" },
  { at: "POST /instance/suspend", to: "POST /commands/suspend?*" },
  { at: "POST /instance/activate", to: "POST /commands/activate?*" },
  { at: "POST /instance/update", to: "PUT /instance", fields: withoutNulls },
  { at: "GET /instance/status", to: "GET /status" },
  { at: "GET /instance/get", to: "GET /instance" },
  { at: "GET /instance/get_sync_status", to: "GET /tenants/sync-status" },

  {
    at: "GET /command_log/list",
    to: "GET /command-log",
    fields: longList(logFilter),
    answer: ({ commands }) => commands,
  },
  { at: "GET /command_log/get", to: "GET /command-log", fields: pageWithOne, answer: oneCommand },
  { at: "GET /command_log/export", to: "GET /command-log/export", fields: logFilter, stream: asList },
  {
    at: "POST /command_log/purge",
    to: "DELETE /command-log",
    fields: (given) => renamed(given, "threshold_ts", "until"),
  },
];

/** Under the route's name; where that is given as well the route is left to refuse the other one. */
function renamed(given: Fields, name: string, to: string): Fields {
  if (!(name in given) || to in given) return given;
  const { [name]: value, ...rest } = given;
  return { ...rest, [to]: value };
}

/** Its name for the sender. */
function messageFrom(given: unknown): unknown {
  return typeof given === "object" && given !== null ? renamed({ ...given }, "from_addr", "from") : given;
}

function messagesFrom({ messages, ...rest }: Fields): Fields {
  return { ...rest, messages: Array.isArray(messages) ? messages.map(messageFrom) : messages };
}

function oneMessage(given: Fields): Fields {
  return { messages: [messageFrom(given)] };
}

/** One message is a success or a failure, and no batch with a list of what was rejected. */
async function addedMessage({ rejected }: Fields, { id, tenant_id }: Fields, call: Call): Promise<Fields> {
  const [refused] = Array.isArray(rejected) ? (rejected as { reason: string }[]) : [];
  if (refused !== undefined) {
    const isThere = refused.reason === "already sent" || refused.reason === "being sent";
    throw new AppError(isThere ? "conflict" : "validation_failed", refused.reason);
  }
  const found = await call("GET /messages/{id}", { id, tenant_id });
  return found ?? { ok: true, id };
}

/** A new tenant comes with its key. */
async function addedTenant(tenant: Fields, { id }: Fields, call: Call): Promise<Fields> {
  if (tenant.created !== true) return tenant;
  const key = await call("POST /tenant/{id}/api-key", { id });
  return { ...tenant, has_api_key: true, api_key: key?.api_key };
}

/** There null is what a client leaves out, here it clears. */
function withoutNulls(given: Fields): Fields {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function longList(filter: (given: Fields) => Fields) {
  return (given: Fields) => ({ limit: LONGEST_PAGE, ...filter(given) });
}

function messageFilter({ include_history, ...rest }: Fields): Fields {
  const wanted = v.safeParse(v.optional(flag, "false"), include_history);
  if (!wanted.success) throw invalidField("include_history", "must be true or false");
  return wanted.output ? { include: "events", ...rest } : rest;
}

function logFilter(given: Fields): Fields {
  return renamed(renamed(given, "since_ts", "since"), "until_ts", "until");
}

/** The page that begins with this entry. */
function pageWithOne({ command_id, ...rest }: Fields): Fields {
  return { ...rest, cursor: Number(command_id) + 1, limit: 1 };
}

function oneCommand({ commands }: Fields, { command_id }: Fields): unknown {
  const [found] = Array.isArray(commands) ? (commands as { id: number }[]) : [];
  if (found?.id !== Number(command_id)) throw new AppError("not_found", "there is no such command");
  return { ok: true, ...found };
}

/** From lines of JSON, of which every piece holds whole ones, to one list. */
function asList(lines: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let before = "[";
  return lines.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        controller.enqueue(encoder.encode(before + decoder.decode(piece).trimEnd().replaceAll("\n", ",")));
        before = ",";
      },
      flush(controller) {
        controller.enqueue(encoder.encode(before === "[" ? "[]" : "]"));
      },
    }),
  );
}
