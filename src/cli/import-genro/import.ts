/** An import that is under way: what each of its parts works with, and how it saves. */
import type { Core } from "../../core.ts";
import type { KnownAccount, KnownTenant } from "../../tenancy/resolve.ts";
import type { Call } from "../api-call.ts";
import { UsageError } from "../exit.ts";
import type { Open } from "./secrets.ts";
import type { Tally } from "./tally.ts";

export interface Import {
  call: Call;
  core: Core;
  open: Open;
  tally: Tally;
  /** Nothing is saved. */
  dryRun: boolean;
  /** Also what may have been sent since it was taken over before. */
  again: boolean;
  /** This tenant alone. */
  only: string | undefined;
  /** What was saved, or would have been. */
  planned: Map<string, KnownTenant & { accounts: Map<string, KnownAccount> }>;
}

/** Saves by a call of the API; answers why it refuses. Whatever else goes wrong ends the import, which can be repeated. */
export async function save({ call, dryRun }: Import, path: string, body: object): Promise<string | undefined> {
  if (dryRun) return undefined;
  try {
    await call("POST", path, { body });
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}
