/** Where a command on webhooks is done: by the server that runs the instance, which then calls the endpoint at once, else in this process. */
import type { Call } from "./api-call.ts";
import { callsToServer } from "./server.ts";
import type { TenantScope } from "./tenant-scope.ts";

export function onServer<T>({ instance, withTenantApi }: TenantScope, work: (call: Call) => Promise<T>): Promise<T> {
  return withTenantApi((call) => work(callsToServer(instance) ?? call));
}
