/** How a route is described: what it is for, who may call it, what it takes and what it answers. */
import type * as v from "valibot";

/** The chapters of the document, in the order in which they are read. */
export const TAGS = {
  Messages: "Put messages into the queue, and look what became of them.",
  Emails: "The same queue in the shapes of two email APIs, for applications that are written for their clients.",
  Accounts: "The SMTP accounts through which tenants send, and their health.",
  Tenants: "The applications that send: where they take reports, their keys, their limits.",
  Queue: "Suspend, activate, and run now.",
  Bounces: "What came back of messages that were sent.",
  Suppressions: "Whom a tenant's mail does not go to any more.",
  Webhooks: "Endpoints that are told of events as they happen, the log of what they were told, and replays.",
  Instance: "The stored settings of the instance, and the log of what was asked of it.",
  Files: "Large attachments that this proxy serves itself, by the links in messages.",
  Unsubscribing: "The links by which recipients unsubscribe: for them and their mail programs.",
  Watching: "Alive, ready, figures, metrics, and this document.",
  Aliases: "Other paths for the routes above, for clients of the reference's code. Lists come as bare arrays.",
  Sandbox: "The inbox for trying out: there only with the setting `SANDBOX`, and never on Workers.",
} as const;

export type Tag = keyof typeof TAGS;

/** A query string has fields, and no others. */
export type Query = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** An answer that is no JSON object of ours. */
export interface Text {
  mediaType: string;
  description: string;
}

export interface Operation {
  /** The name under which generators of clients know it. */
  id: string;
  tag: Tag;
  summary: string;
  description?: string;
  /** Who may call: anybody without a token, a tenant's key or the admin's token, the admin's token alone. */
  opens: "anybody" | "tenant" | "admin";
  query?: Query;
  /** JSON; where there is none, a call that changes something has no body. */
  body?: v.GenericSchema;
  /** A media type that a body may have as well; `description` says what it holds. */
  orBody?: string;
  /** Bodies that work as they stand, by what they show. */
  examples?: Record<string, unknown>;
  /** What is answered with 200. */
  answers: v.GenericSchema | Text;
  /** A media type that is answered as well, to whom asks for it. */
  orAnswers?: string;
  /** What is answered with other statuses that are no failures in JSON: words for each. */
  also?: Record<number, string>;
  /** Statuses of failures beyond those that follow from who may call, what is taken and where (failures.ts). */
  fails?: readonly number[];
}

/** By method and path, the path as the router has it. */
export type Operations = Record<string, Operation>;

export function isText(answers: v.GenericSchema | Text): answers is Text {
  return "mediaType" in answers;
}
