/** The lines that the log has of the connections to accounts' servers. */
import type { PoolEvent } from "../smtp/pool.ts";
import type { AccountSettings } from "../tenancy/accounts.ts";
import { log } from "./log.ts";

export function logConnection({ id, tenantId, host, port }: AccountSettings, event: PoolEvent): void {
  const whose = { account_id: id, tenant_id: tenantId, host, port };
  const connection = "{host}:{port} for account {account_id} of tenant {tenant_id}";
  switch (event.kind) {
    case "opened":
      log.debug(`connected to ${connection}`, { event: "connected", ...whose });
      break;
    case "closed":
      log.debug(`left ${connection} after {messages} messages: {reason}`, {
        ...{ event: "disconnected", messages: event.messages, reason: event.reason },
        ...whose,
      });
      break;
    case "limited":
      log.info(`no more than {connections} connections to ${connection}: {reason}`, {
        ...{ event: "limited", connections: event.connections, reason: event.fault.error },
        ...whose,
      });
      break;
    case "fault":
      log.debug(`no connection to ${connection}: {reason}`, { event: "fault", reason: event.fault.error, ...whose });
      break;
  }
}
