/** The list of messages: what narrows it, what was found, and what can be done with those that are ticked. */
import type { StoredMessage } from "../../client/types.ts";
import { Live } from "../parts/live.tsx";
import { counted } from "../parts/numbers.ts";
import { withQuery } from "../parts/pager.tsx";
import { type Filter, isEmpty, kept, listHref } from "./filter.ts";
import { HERE } from "./links.ts";
import { List } from "./list.tsx";
import { FOUND, Search } from "./search.tsx";

export interface Found {
  messages: readonly StoredMessage[];
  /** Where the next page begins, which may also be because only the newest were looked through. */
  cursor: string | null;
  /** So many were asked for. */
  most: number;
}

interface ListPageProps {
  filter: Filter;
  /** Of this page of the list; undefined is the first. */
  cursor: string | undefined;
  hasTenants: boolean;
  /** Or why nothing could be looked for. */
  found: Found | string;
}

export function ListPage({ filter, cursor, hasTenants, found }: ListPageProps) {
  const href = listHref(filter);
  return (
    <>
      <h1>Messages</h1>
      <Search filter={filter} hasTenants={hasTenants} />
      <form method="post" action={`${HERE}/chosen`}>
        <Live id={FOUND} href={withQuery(href, { cursor })} sync="#search:drop">
          <input type="hidden" name="back" value={kept(filter)} />
          {typeof found === "string" ? (
            <p class="notice failed" role="alert">
              {found}
            </p>
          ) : (
            <Results found={found} filter={filter} hasTenants={hasTenants} />
          )}
        </Live>
      </form>
    </>
  );
}

function Results({ found, filter, hasTenants }: { found: Found; filter: Filter; hasTenants: boolean }) {
  const { messages, cursor, most } = found;
  const next = cursor === null ? undefined : withQuery(listHref(filter), { cursor });
  return (
    <>
      <p role="status">{foundWords(found, filter)}</p>
      {messages.length > 0 && (
        <>
          <List messages={messages} back={kept(filter)} hasTenants={hasTenants} />
          <Chosen />
        </>
      )}
      {next !== undefined && (
        <p>
          <a class="button" rel="next" href={next}>
            {messages.length < most ? "Search further back" : "Next page"}
          </a>
        </p>
      )}
    </>
  );
}

/** In words, how complete that is. */
function foundWords({ messages, cursor, most }: Found, filter: Filter): string {
  const count = messages.length;
  const messagesText = counted(count, "message");
  if (cursor !== null && count < most)
    return `${count === 0 ? "None" : messagesText} among the newest ones: older messages were not searched yet.`;
  if (count === 0) return isEmpty(filter) ? "There are no messages." : "No message fits.";
  return cursor === null ? messagesText : `${messagesText}, newest first; there are more.`;
}

function Chosen() {
  return (
    <div class="row chosen">
      <label class="tick">
        <input type="checkbox" data-all="pk" /> All on this page
      </label>
      <span class="soft">Those that are ticked:</span>
      <button type="submit" name="do" value="retry">
        Send again
      </button>
      <button type="submit" name="do" value="cancel">
        Cancel
      </button>
      <button
        type="submit"
        name="do"
        value="delete"
        class="danger"
        data-confirm="Delete the ticked messages? Nobody is told, and it cannot be taken back."
      >
        Delete
      </button>
    </div>
  );
}
