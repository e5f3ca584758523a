/**
 * Keeps mail from going twice where an import is repeated long after the first one: what was sent is known here by its id
 * for as long as it is kept (RETENTION_SECONDS), while the file says for ever that it waits.
 */
import { beginTakeover, takeoverBegun } from "../../tenancy/takeover.ts";
import type { Import } from "./import.ts";

/** Of the messages of each tenant that are not here, those that certainly were not; the others are told. */
export class Again {
  readonly #into: Import;
  readonly #faults = new Map<string, string | undefined>();

  constructor(into: Import) {
    this.#into = into;
  }

  /** Why this tenant's messages are not taken; where they are, from this moment on it is known that they were. */
  async fault(tenantId: string): Promise<string | undefined> {
    if (!this.#faults.has(tenantId)) this.#faults.set(tenantId, await this.#judge(tenantId));
    return this.#faults.get(tenantId);
  }

  async #judge(tenantId: string): Promise<string | undefined> {
    const { again, core, dryRun } = this.#into;
    const now = core.ports.now();
    const begun = await takeoverBegun(core.db, tenantId);
    if (begun === undefined && !dryRun) await beginTakeover(core.db, tenantId, now);
    if (again || begun === undefined || now - begun < core.config.retentionSeconds * 1000) return undefined;
    const day = new Date(begun).toISOString().slice(0, 10);
    return `the tenant's messages were taken over from ${day} on, and what was sent since is not kept any more: see --again`;
  }
}
