/** Queues a message out of `field=value` words; at a terminal what is missing is asked for, field by field. */
import { Failure, UsageError } from "../exit.ts";
import { didYouMean } from "../nearest.ts";
import { newId } from "../new-id.ts";
import { text, things } from "./answers.ts";
import type { Session } from "./session.ts";

/** By the word for it: the field of the API. */
const FIELDS: Readonly<Record<string, string>> = {
  id: "id",
  tenant: "tenant_id",
  account: "account_id",
  from: "from",
  to: "to",
  cc: "cc",
  bcc: "bcc",
  reply_to: "reply_to",
  subject: "subject",
  text: "text",
  html: "html",
  priority: "priority",
  deferred: "deferred_ts",
  batch: "batch_code",
};

/** What a person is asked for, in this order; an empty answer leaves it out. */
const ASKED = [
  ["to", "To"],
  ["from", "From (empty: the account's)"],
  ["subject", "Subject"],
  ["text", "Text"],
] as const;

/** Answers what became of it, in a sentence. */
export async function newMessage(session: Session, words: readonly string[]): Promise<string> {
  const given = new Map(words.map(fieldOf));
  if (session.ask !== undefined) {
    const tenant = given.has("tenant") ? undefined : await askedTenant(session);
    if (tenant !== undefined) given.set("tenant", tenant);
    for (const [field, label] of ASKED) {
      if (given.has(field) || (field === "text" && given.has("html"))) continue;
      const answer = (await session.ask(`${label}: `)).trim();
      if (answer !== "") given.set(field, answer);
    }
  }
  const message: Record<string, unknown> = { id: newId() };
  if (session.tenantId !== undefined) message.tenant_id = session.tenantId;
  for (const [field, value] of given)
    message[FIELDS[field] ?? field] = /^[0-3]$/.test(value) && field === "priority" ? Number(value) : value;
  const { rejected } = await session.call("POST", "/commands/add-messages", { body: { messages: [message] } });
  const [refusal]: unknown[] = Array.isArray(rejected) ? rejected : [];
  if (refusal !== undefined) throw new Failure(`it was not taken: ${Object(refusal).reason}`);
  return `${message.id} is queued${session.isServer ? "" : `, and goes out once it runs: ${session.startCommand}`}`;
}

/** Whose message it is, where that is open: asked and looked for first, so that nothing is written in vain. */
async function askedTenant({ call, ask, tenantId }: Session): Promise<string | undefined> {
  if (ask === undefined || tenantId !== undefined) return undefined;
  const ids = things(await call("GET", "/tenants"), "tenants").map(({ id }) => text(id));
  if (ids.length < 2) return undefined;
  const answer = (await ask("Tenant: ")).trim();
  if (ids.includes(answer)) return answer;
  throw new UsageError(
    answer === "" ? "it has to be some tenant's" : `there is no tenant ${answer}${didYouMean(answer, ids)}`,
  );
}

function fieldOf(word: string): [string, string] {
  const [, field = "", value = ""] = /^([a-z_]+)=(.*)$/s.exec(word) ?? [];
  if (field in FIELDS) return [field, value];
  throw new UsageError(`${JSON.stringify(word)} is no field=value; the fields are ${Object.keys(FIELDS).join(", ")}`);
}
