/** One line of a command log's export: a call that was made once, as far as the log has kept it. */
import * as v from "valibot";

const METHODS = ["POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof METHODS)[number];

export interface LoggedCall {
  method: Method;
  /** With the query string. */
  path: string;
  /** Whose affair it was; null where it was nobody's in particular. */
  tenantId: string | null;
  payload: unknown;
  /** What it was answered with. */
  status: number;
  /** The ids of the messages that were not taken, in a call that was. */
  rejected: (string | null)[];
}

const Endpoint = v.pipe(
  v.string(),
  v.regex(/^(?:POST|PUT|PATCH|DELETE) \/\S*$/),
  v.transform((endpoint) => {
    const [method, path = ""] = endpoint.split(" ");
    return { method: v.parse(v.picklist(METHODS), method), path };
  }),
);

const Line = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    endpoint: Endpoint,
    tenant_id: v.nullish(v.string(), null),
    payload: v.optional(v.unknown(), null),
    status: v.number(),
    result: v.fallback(v.object({ rejected: v.array(v.object({ id: v.nullable(v.string()) })) }), { rejected: [] }),
  }),
);

/** Undefined where the line is none of an export. */
export function readLine(text: string): LoggedCall | undefined {
  const { success, output } = v.safeParse(Line, text);
  if (!success) return undefined;
  const { endpoint, tenant_id, payload, status, result } = output;
  const rejected = result.rejected.map(({ id }) => id);
  return { ...endpoint, tenantId: tenant_id, payload, status, rejected };
}
