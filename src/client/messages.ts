/** Messages: put into the queue, looked at, sent again, canceled, deleted. */
import type { CallOptions, Transport } from "./transport.ts";
import type {
  CleanupMessages,
  GetMessageQuery,
  ListAccountsQuery,
  ListMessagesQuery,
  Message,
  MessageChanged,
  MessagePage,
  MessagesAdded,
  MessagesCleaned,
  MessagesDeleted,
  OneMessage,
  Priority,
  StoredMessage,
} from "./types.ts";

export class Messages {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Puts a batch into the queue; what the answer counts as queued is durable. A call whose answer was lost is made again:
   * the messages' ids make that safe.
   */
  add(
    messages: readonly Message[],
    { default_priority, signal }: CallOptions & { default_priority?: Priority } = {},
  ): Promise<MessagesAdded> {
    const body = { messages, ...(default_priority === undefined ? {} : { default_priority }) };
    return this.#transport.call("POST", "commands/add-messages", { body, repeatable: true, signal });
  }

  /** One page, newest first. */
  list({ signal, ...query }: ListMessagesQuery & CallOptions = {}): Promise<MessagePage> {
    return this.#transport.call("GET", "messages", { query, repeatable: true, signal });
  }

  /** All pages, message by message. */
  async *each(filter: ListMessagesQuery & CallOptions = {}): AsyncGenerator<StoredMessage, void, undefined> {
    for (let cursor = filter.cursor; ; ) {
      const page = await this.list({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
      yield* page.messages;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  /** One message with its events, by its `id` or `pk`. */
  get(id: string, { signal, ...query }: GetMessageQuery & CallOptions = {}): Promise<OneMessage> {
    return this.#transport.call("GET", pathOf(id), { query, repeatable: true, signal });
  }

  /** Its bytes, as they go out: a whole mail. */
  raw(id: string, { signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#transport.bytes(`${pathOf(id)}/raw`, { query, signal });
  }

  /** Sends a message again that failed, was canceled or waits for its next try. */
  retry(id: string, { signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<MessageChanged> {
    return this.#transport.call("POST", `${pathOf(id)}/retry`, { query, repeatable: false, signal });
  }

  /** Cancels a message that waits. */
  cancel(id: string, { signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<MessageChanged> {
    return this.#transport.call("POST", `${pathOf(id)}/cancel`, { query, repeatable: false, signal });
  }

  /** By `id` or `pk`. */
  delete(ids: readonly string[], { signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<MessagesDeleted> {
    return this.#transport.call("POST", "commands/delete-messages", {
      query,
      body: { ids },
      repeatable: false,
      signal,
    });
  }

  /** Removes what is finished and reported. */
  cleanup({
    signal,
    tenant_id,
    ...body
  }: CleanupMessages & ListAccountsQuery & CallOptions = {}): Promise<MessagesCleaned> {
    const call = { query: { tenant_id }, body, repeatable: true, signal };
    return this.#transport.call("POST", "commands/cleanup-messages", call);
  }
}

function pathOf(id: string): string {
  return `messages/${encodeURIComponent(id)}`;
}
