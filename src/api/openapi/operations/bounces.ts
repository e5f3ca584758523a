/** The entrance for mail that came back, described. */
import { BounceRead } from "../../schemas/answers-bounces.ts";
import { BounceQuery } from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

export const bounceOperations: Operations = {
  "POST /bounces": {
    id: "readBounce",
    tag: "Bounces",
    summary: "Read a mail that came back",
    description:
      "The body is the mail as it came, as `message/rfc822` or `message/global`; the first MiB of it is read. What is believed of a bounce (or another delivery status notification), a feedback report or a PEC receipt becomes an event, and is reported. Whatever the mail is, it is answered with 200, and the same mail again does nothing more. A tenant's key tells of its own tenant's messages only.",
    opens: "tenant",
    query: BounceQuery,
    orBody: "message/rfc822",
    answers: BounceRead,
    fails: [404],
  },
};
