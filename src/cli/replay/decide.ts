/** Whether a logged call can be made again, and how: a pure decision. */
import { isWhole } from "../../security/mask.ts";
import type { LoggedCall, Method } from "./line.ts";

export type Decision = { method: Method; path: string; body: object | undefined } | { skipped: string };

/** By the field's path in the body (`client_auth.token`), or that behind the `id` that stands in the body (`main.password`). */
export type Secrets = ReadonlyMap<string, unknown>;

/** Calls that ask a running server for something, and leave nothing behind. */
const OF_A_SERVER = /^\/(?:commands\/run-now|instance\/run_now|instance\/reload-bounce|account\/[^/]+\/test)$/;
/** Calls that answer a key or a secret, which is shown to nobody then. */
const OF_A_KEY = /^\/(?:tenant\/[^/]+\/(?:api-key|webhook-secret)|tenants\/create_api_key|webhooks)$/;
/** Calls about a webhook that was made there: each instance gives its own ids. */
const OF_A_WEBHOOK = /^\/webhooks\/./;
/** Calls that send and say no id by which the email would be known again. */
const SENDS_ANEW = /^\/emails(?:\/batch)?$/;
/** An email by the id that the instance has given it (RFC 9562 5.7), and not by one that its application has chosen. */
const OF_AN_EMAIL = /^\/emails\/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?:\/|$)/i;

export function decide(call: LoggedCall, secrets: Secrets): Decision {
  const { method, path, payload, status } = call;
  const [route = ""] = path.split("?");
  if (status >= 400) return { skipped: `it was refused (${status}), and of such a call the log keeps no fields` };
  if (OF_A_SERVER.test(route)) return { skipped: "it asks a running server for something" };
  if (method === "POST" && OF_A_KEY.test(route)) {
    return { skipped: `it makes a new ${/key$/.test(route) ? "key" : "secret"}, which nobody would see` };
  }
  if (OF_A_WEBHOOK.test(route)) return { skipped: "it is about a webhook of the instance that was asked" };
  if (SENDS_ANEW.test(route))
    return { skipped: "it has no id of its own, and what was sent by it would be sent again" };
  if (OF_AN_EMAIL.test(route)) return { skipped: "it is about an email of the instance that was asked" };
  if (!isWhole(path)) return { skipped: "its path holds a secret" };
  if (isOmitted(payload)) return { skipped: `its body was too long for the log (${payload.omitted})` };
  const lost: string[] = [];
  const body = filled(payload, "", idOf(payload), secrets, lost);
  if (lost.length > 0) return { skipped: `the log has not kept ${lost.join(", ")}` };
  const isObject = typeof body === "object" && body !== null;
  return { method, ...withTenant(call, path, isObject ? body : undefined) };
}

function isOmitted(payload: unknown): payload is { omitted: string } {
  if (typeof payload !== "object" || payload === null || !("omitted" in payload)) return false;
  return typeof payload.omitted === "string" && Object.keys(payload).length === 1;
}

function idOf(payload: unknown): string {
  const id = typeof payload === "object" && payload !== null && "id" in payload ? payload.id : undefined;
  return typeof id === "string" ? id : "";
}

/** A copy with the secrets that were given; `lost` takes the paths of what is missing still. */
function filled(value: unknown, path: string, id: string, secrets: Secrets, lost: string[]): unknown {
  if (typeof value === "string") {
    if (isWhole(JSON.stringify(value))) return value;
    const secret = secrets.get(`${id}.${path}`) ?? secrets.get(path);
    if (secret === undefined) lost.push(path);
    return secret;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one, at) => filled(one, `${path}[${at}]`, id, secrets, lost));
  const fields: [string, unknown][] = Object.entries(value);
  const within = path === "" ? "" : `${path}.`;
  return Object.fromEntries(fields.map(([name, one]) => [name, filled(one, within + name, id, secrets, lost)]));
}

const IN_MESSAGES = /^\/(?:commands\/add-messages|messages\/add_batch)$/;
const IN_BODY =
  /^\/(?:account|accounts\/\w+|messages\/(?:add|delete|delete_batch|cleanup)|instance\/(?:suspend|activate))$/;
const IN_QUERY =
  /^\/(?:commands\/[^/]+|messages\/[^/]+\/(?:retry|cancel)|emails\/[^/]+(?:\/cancel)?|account\/[^/]+(?:\/(?:pause|resume))?)$/;
/** By the reference's name it comes with a key, which nobody would see; by ours it does not. */
const WITH_A_KEY = "/tenants/add";

/** A tenant's key names its tenant by being its key; the admin, who replays, has to say it. */
function withTenant({ tenantId }: LoggedCall, path: string, body: object | undefined) {
  const [route = ""] = path.split("?");
  if (route === WITH_A_KEY) return { path: "/tenant", body };
  if (tenantId === null) return { path, body };
  if (IN_MESSAGES.test(route)) return { path, body: { ...body, messages: messagesOf(body, tenantId) } };
  if (IN_BODY.test(route)) return { path, body: { tenant_id: tenantId, ...body } };
  const isNamed = /[?&]tenant_id=/.test(path);
  if (isNamed || !IN_QUERY.test(route)) return { path, body };
  return { path: `${path}${path.includes("?") ? "&" : "?"}tenant_id=${encodeURIComponent(tenantId)}`, body };
}

function messagesOf(body: object | undefined, tenantId: string): unknown {
  const messages: unknown = Reflect.get(body ?? {}, "messages");
  return Array.isArray(messages) ? messages.map((message) => ({ tenant_id: tenantId, ...Object(message) })) : messages;
}
