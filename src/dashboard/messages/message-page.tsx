/** One message: how it stands, what can be done, its facts, its recipients, what happened to it, what it says. */
import type { Child } from "hono/jsx";
import { PRIORITY_WORDS } from "../../api/schemas/values.ts";
import type { OneMessage } from "../../client/types.ts";
import { hrefOf as accountHref } from "../accounts/links.ts";
import { Facts } from "../parts/facts.tsx";
import { Live } from "../parts/live.tsx";
import { Time } from "../parts/time.tsx";
import { hrefOf as tenantHref } from "../tenants/links.ts";
import { Actions } from "./actions.tsx";
import { Content } from "./content.tsx";
import { filterOf, keptFilter, listHref, messageHref } from "./filter.ts";
import { Recipients } from "./recipients.tsx";
import { short } from "./short.ts";
import { Standing } from "./standing.tsx";
import { Timeline } from "./timeline.tsx";
import type { Waits } from "./waits.ts";

/** In an `h1`; what it says shows all of it. */
const LONGEST_TITLE = 200;
const LONGEST_SUBJECT = 10_000;

export function titleOf({ subject }: Pick<OneMessage, "subject">): string {
  return subject === null || subject.trim() === "" ? "A message without a subject" : short(subject, LONGEST_TITLE);
}

interface MessagePageProps {
  message: OneMessage;
  waits: Waits;
  /** The list's filter. */
  back: string;
  showsAllRecipients: boolean;
}

export function MessagePage({ message, waits, back, showsAllRecipients }: MessagePageProps) {
  const { pk, recipients } = message;
  const all = messageHref(pk, back, { recipients: "all" });
  return (
    <>
      <p>
        <a href={listHref(keptFilter(back))}>Back to the list</a>
      </p>
      <h1>{titleOf(message)}</h1>
      <Live id="message" href={showsAllRecipients ? all : messageHref(pk, back)}>
        <Standing message={message} waits={waits} />
        <Actions message={message} back={back} />
        <MessageFacts message={message} />
        <Recipients recipients={recipients} all={showsAllRecipients ? undefined : all} />
        <Timeline message={message} />
      </Live>
      <Content message={message} back={back} />
    </>
  );
}

function MessageFacts({ message }: { message: OneMessage }) {
  const { tenant_id, tenant_name, account_id, batch_code, subject } = message;
  return (
    <Facts
      facts={{
        Id: <code>{message.id}</code>,
        "Id in the proxy": <code>{message.pk}</code>,
        Subject: subject !== null && subject.length > LONGEST_TITLE ? short(subject, LONGEST_SUBJECT) : undefined,
        Tenant: (
          <Others name={tenant_id} filter={{ tenant_id }}>
            <a href={tenantHref(tenant_id)}>{tenant_name ?? tenant_id}</a>
          </Others>
        ),
        Account:
          account_id === null ? undefined : (
            <Others name={account_id} filter={{ tenant_id, account_id }}>
              <a href={accountHref({ tenant_id, id: account_id })}>{account_id}</a>
            </Others>
          ),
        Batch: batch_code === null ? undefined : <Others name={batch_code} filter={{ tenant_id, batch_code }} />,
        Priority: PRIORITY_WORDS[message.priority],
        Accepted: <Time ts={message.created_ts} />,
        "Server last spoken to": message.smtp_ts === null ? undefined : <Time ts={message.smtp_ts} />,
        Attempts: String(message.attempts),
        Request: message.request_id === null ? undefined : <code>{message.request_id}</code>,
      }}
    />
  );
}

interface OthersProps {
  name: string;
  filter: Record<string, string>;
  /** Instead of the name. */
  children?: Child;
}

/** What it shares with other messages, and the way to those. */
function Others({ name, filter, children = name }: OthersProps) {
  return (
    <>
      {children}{" "}
      <a class="soft" href={listHref(filterOf(filter))} aria-label={`its messages: all of ${name}`}>
        its messages
      </a>
    </>
  );
}
