/** What the dashboard is given, and what travels with a request from one of its handlers to the next. */
import type { Pass } from "../api/door.ts";
import type { Visitor } from "../api/env.ts";
import type { MailProxy } from "../client/client.ts";
import type { Sessions } from "../tenancy/sessions.ts";

/** app.ts supplies it. */
export interface Host {
  /** Calls the API as the visitor: the dashboard sees and does what the visitor's token opens, and nothing else. */
  call(request: Request, visitor: Visitor): Promise<Response>;
  sessions: Sessions;
  version: string;
  /** Null where the build knew of none. */
  commit: string | null;
  /** Whether a connection can stay open to tell what is new; where not, pages ask again every few seconds. */
  isLive: boolean;
  /** Whether there is the sandbox's inbox. */
  hasInbox: boolean;
  /** The largest form. */
  maxBodyBytes: number;
  /** Lets in a form of whoever this is, before it is read. Throws AppError where there is no room for it. */
  enter(caller: string): Pass;
  now(): number;
  /** What is another text once something has changed that this tenant may see, or (null) the admin; in their order. */
  readPulses(tenantIds: readonly (string | null)[]): Promise<string[]>;
  /** Aborted when the process is about to stop, which no open page is to hold up. */
  ending: AbortSignal;
}

export interface DashboardEnv {
  Variables: {
    host: Host;
    /** Behind the login. */
    visitor: Visitor;
    /** The API's client, for the visitor. */
    api: MailProxy;
    /** What is answered is no page, but what a stranger wrote. */
    isLetter?: boolean;
  };
}
