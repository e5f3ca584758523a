/** The links by which recipients unsubscribe, described. */
import type { Operations } from "../operation.ts";

const NO_SUCH_LINK = { 404: "A page that says that the link does not work." };

export const unsubscribeOperations: Operations = {
  "GET /unsubscribe/:token": {
    id: "askToUnsubscribe",
    tag: "Unsubscribing",
    summary: "A page with a button, for a person",
    description: "It changes nothing, since scanners of mail follow every link.",
    opens: "anybody",
    answers: { mediaType: "text/html", description: "The page." },
    also: NO_SUCH_LINK,
  },
  "POST /unsubscribe/:token": {
    id: "unsubscribe",
    tag: "Unsubscribing",
    summary: "Unsubscribe with one click",
    description:
      "What mail programs send (RFC 8058), and the page's button. The address is on the tenant's list of suppressed recipients from then on, and the event `unsubscribed` is reported, once a message.",
    opens: "anybody",
    answers: { mediaType: "text/html", description: "A page that says so." },
    also: NO_SUCH_LINK,
  },
};
