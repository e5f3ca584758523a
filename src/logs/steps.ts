/** What every line about a step of a message has in common: at which level it is told, how it names its message. */

/** Quiet at a million messages a day, unless the operator wants to see each of them. */
export type StepLevel = "info" | "debug";

export function stepLevel({ logDeliveryActivity }: { logDeliveryActivity: boolean }): StepLevel {
  return logDeliveryActivity ? "info" : "debug";
}

export interface NamedMessage {
  tenantId: string;
  id: string;
  pk: string;
  /** Of the call, or the mail by SMTP, that brought it; unknown of messages of an older version. */
  requestId?: string | null | undefined;
}

type Fields = Record<string, unknown>;

/** The words of a line about one message, and its values by their names. */
export function ofMessage(
  { tenantId, id, pk, requestId }: NamedMessage,
  words: string,
  fields: Fields & { event: string },
): [words: string, fields: Fields] {
  const names = { tenant_id: tenantId, message_id: id, pk };
  const line = `message {message_id} of tenant {tenant_id}${words}`;
  if (requestId === null || requestId === undefined) return [line, { ...names, ...fields }];
  return [`${line} (request {request_id})`, { ...names, request_id: requestId, ...fields }];
}

/** So many requests a line names. */
const MOST_REQUESTS = 10;

/** The same of a line about several messages: the calls that brought them, each once. */
export function ofRequests(messages: readonly Pick<NamedMessage, "requestId">[]): [words: string, fields: Fields] {
  const all = [...new Set(messages.flatMap(({ requestId }) => requestId ?? []))];
  if (all.length === 0) return ["", {}];
  const request_ids = all.slice(0, MOST_REQUESTS);
  if (request_ids.length === all.length) return [" (requests {request_ids})", { request_ids }];
  const more_requests = all.length - request_ids.length;
  return [" (requests {request_ids} and {more_requests} more)", { request_ids, more_requests }];
}
