/** The message whose very id is searched for: found at once, however far back it stands. */
import type { MailProxy } from "../../client/client.ts";
import { MailProxyError } from "../../client/error.ts";
import type { StoredMessage } from "../../client/types.ts";
import type { Filter } from "./filter.ts";

/** None where there is no such id, where the search has found it already, or where the other filters leave it out. */
export async function exactly(
  api: MailProxy,
  { q, ...others }: Filter,
  found: readonly StoredMessage[],
): Promise<StoredMessage[]> {
  const isNarrowed = Object.values(others).some((value) => value !== "");
  if (q === "" || isNarrowed || found.some(({ id, pk }) => id === q || pk === q)) return [];
  try {
    return [await api.messages.get(q)];
  } catch (error) {
    // 409: several tenants have a message under this id; which one is meant, another filter says.
    if (error instanceof MailProxyError && (error.status === 404 || error.status === 409)) return [];
    throw error;
  }
}
