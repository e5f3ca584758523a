/** The sandbox's inbox, described. */
import { InboxEmptied, InboxMail, InboxPage } from "../../schemas/answers-operations.ts";
import type { Operations } from "../operation.ts";

export const sandboxOperations: Operations = {
  "GET /inbox": {
    id: "inbox",
    tag: "Sandbox",
    summary: "Where the inbox is shown",
    description: "To the dashboard's page; in words where the dashboard is switched off.",
    opens: "anybody",
    answers: { mediaType: "text/plain", description: "What to ask for instead." },
    also: { 302: "To the dashboard's page." },
    fails: [401], // as for any path that there is not, where there is no sandbox
  },
  "GET /inbox/messages": {
    id: "listInbox",
    tag: "Sandbox",
    summary: "What arrived, newest first",
    opens: "admin",
    answers: InboxPage,
  },
  "GET /inbox/messages/:n{[0-9]+}": {
    id: "getInboxMail",
    tag: "Sandbox",
    summary: "One mail, parsed and raw",
    opens: "admin",
    answers: InboxMail,
  },
  "GET /inbox/messages/:n{[0-9]+}/raw": {
    id: "getInboxMailRaw",
    tag: "Sandbox",
    summary: "One mail byte for byte",
    opens: "admin",
    answers: { mediaType: "message/rfc822", description: "The mail." },
  },
  "GET /inbox/messages/:n{[0-9]+}/attachments/:position{[0-9]+}": {
    id: "getInboxAttachment",
    tag: "Sandbox",
    summary: "An attachment of a mail, by its place from 0",
    opens: "admin",
    answers: { mediaType: "*/*", description: "The attachment's content." },
  },
  "DELETE /inbox/messages": {
    id: "emptyInbox",
    tag: "Sandbox",
    summary: "Empty the inbox",
    opens: "admin",
    answers: InboxEmptied,
  },
};
