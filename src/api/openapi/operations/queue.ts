/** The commands that steer the queue, described. */
import { Done } from "../../schemas/answers.ts";
import { Suspension } from "../../schemas/answers-operations.ts";
import { SuspensionQuery, TenantQuery } from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

export const queueOperations: Operations = {
  "POST /commands/suspend": {
    id: "suspend",
    tag: "Queue",
    summary: "Suspend a batch, or a whole tenant",
    description: "Nothing more of it is taken up; what is in flight still goes. Without `batch_code` it is the tenant.",
    opens: "tenant",
    query: SuspensionQuery,
    answers: Suspension,
    fails: [404],
  },
  "POST /commands/activate": {
    id: "activate",
    tag: "Queue",
    summary: "Let a batch, or a whole tenant, go again",
    description: "409 for one batch while the whole tenant is suspended.",
    opens: "tenant",
    query: SuspensionQuery,
    answers: Suspension,
    fails: [404, 409],
  },
  "POST /commands/run-now": {
    id: "runNow",
    tag: "Queue",
    summary: "Send and report now",
    description:
      "For one tenant its endpoint is called even if it asked for rest. 409 where this process does not send.",
    opens: "tenant",
    query: TenantQuery,
    answers: Done,
    fails: [404, 409],
  },
};
