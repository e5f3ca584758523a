/** An account with mail, as a look at the queue finds it: well, and without limits. */
import { UNLIMITED } from "../../src/queue/limits.ts";
import type { Candidate } from "../../src/queue/look.ts";

export function candidate(over: Partial<Candidate> = {}): Candidate {
  return {
    accountKey: 1,
    tenantId: "acme",
    accountId: "default",
    revision: 1,
    host: "smtp.example.com",
    port: 587,
    tlsVerify: null,
    hasCa: 0,
    suppressSend: 0,
    batchSize: null,
    maxConnections: null,
    limitBehavior: "defer",
    slots: UNLIMITED,
    limitSlots: UNLIMITED,
    nextSlotAt: null,
    pausedUntil: null,
    faults: 0,
    deleted: 0,
    ...over,
  };
}
