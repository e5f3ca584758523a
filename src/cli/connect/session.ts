/** One conversation with an instance: what its commands work with. */
import type { Call } from "../api-call.ts";

export interface Session {
  call: Call;
  /** Whether a running server answers, or the API in this process on the same database. */
  isServer: boolean;
  /** How to start the server that does not run. */
  startCommand: string;
  /** Whose affairs the commands are about, where they do not say; undefined: everybody's. */
  tenantId: string | undefined;
  /** Asks the person for a value; undefined where nobody is there. */
  ask: ((label: string) => Promise<string>) | undefined;
  isOver: boolean;
}
