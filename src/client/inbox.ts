/** The sandbox's inbox: what arrived there, for whoever tries an application out. Only there with the setting `SANDBOX`. */
import type { CallOptions, Transport } from "./transport.ts";
import type { InboxEmptied, InboxMail, InboxPage } from "./types.ts";

export class Inbox {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All of it, newest first. */
  list({ signal }: CallOptions = {}): Promise<InboxPage> {
    return this.#transport.call("GET", "inbox/messages", { repeatable: true, signal });
  }

  /** One mail by its number, parsed and raw. */
  get(n: number, { signal }: CallOptions = {}): Promise<InboxMail> {
    return this.#transport.call("GET", `inbox/messages/${n}`, { repeatable: true, signal });
  }

  /** An attachment of a mail, by its place from 0. */
  attachment(n: number, position: number, { signal }: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#transport.bytes(`inbox/messages/${n}/attachments/${position}`, { signal });
  }

  /** Numbers go on. */
  empty({ signal }: CallOptions = {}): Promise<InboxEmptied> {
    return this.#transport.call("DELETE", "inbox/messages", { repeatable: false, signal });
  }
}
