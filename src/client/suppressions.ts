/** The suppression list of a tenant: listed, added to, taken from. */
import type { CallOptions, Transport } from "./transport.ts";
import type {
  ListAccountsQuery,
  ListSuppressionsQuery,
  Suppression,
  SuppressionEntry,
  SuppressionPage,
  SuppressionsAdded,
  SuppressionsRemoved,
} from "./types.ts";

export class Suppressions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One page, newest first. */
  list({ signal, ...query }: ListSuppressionsQuery & CallOptions = {}): Promise<SuppressionPage> {
    return this.#transport.call("GET", "suppressions", { query, repeatable: true, signal });
  }

  /** All pages, entry by entry. */
  async *each(filter: ListSuppressionsQuery & CallOptions = {}): AsyncGenerator<Suppression, void, undefined> {
    for (let cursor = filter.cursor; ; ) {
      const page = await this.list({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
      yield* page.suppressions;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  /** At most 10,000; an entry that is wrong is told in `rejected`, and is in nobody's way. */
  add(
    suppressions: readonly SuppressionEntry[],
    { signal, ...query }: ListAccountsQuery & CallOptions = {},
  ): Promise<SuppressionsAdded> {
    const call = { query, body: { suppressions }, repeatable: true, signal };
    return this.#transport.call("POST", "suppressions", call);
  }

  /** In any spelling; at most 10,000. */
  remove(
    addresses: readonly string[],
    { signal, ...query }: ListAccountsQuery & CallOptions = {},
  ): Promise<SuppressionsRemoved> {
    return this.#transport.call("DELETE", "suppressions", { query, body: { addresses }, repeatable: false, signal });
  }
}
