/** Speaks to the server that runs an instance, over HTTP: nothing else can ask another process to do something at once. */
import { reason } from "../errors.ts";
import { type Call, callsTo } from "./api-call.ts";
import { Failure } from "./exit.ts";
import type { Instance } from "./home.ts";
import { running } from "./run-record.ts";
import { tokenOf } from "./settings.ts";

/** Undefined where none runs on this machine. */
export function callsToServer(instance: Instance): Call | undefined {
  const url = running(instance)?.url;
  return url === undefined ? undefined : callsTo((request) => sent(request, instance), url, tokenOf(instance));
}

async function sent(request: Request, instance: Instance): Promise<Response> {
  const response = await fetch(request).catch((cause: unknown) => {
    throw new Failure(`${new URL(request.url).origin} does not answer: ${reason(cause)}`, { cause });
  });
  if (response.status !== 401) return response;
  throw new Failure(
    `the running server has another token than the one here (after token --regenerate it keeps the old one) until: mail-proxy restart ${instance.name}`,
  );
}
