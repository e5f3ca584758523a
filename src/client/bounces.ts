/** Mail that came back: bounces, feedback reports, receipts. */
import type { CallOptions, Transport } from "./transport.ts";
import type { BounceRead, MailboxesReloaded, ReadBounceQuery } from "./types.ts";

export class Bounces {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Reads a mail as it came; `recipient` is whom its envelope named. The same mail again does nothing more. */
  read(
    raw: string | Uint8Array<ArrayBuffer>,
    { signal, ...query }: ReadBounceQuery & CallOptions = {},
  ): Promise<BounceRead> {
    const mail = typeof raw === "string" ? new TextEncoder().encode(raw) : raw;
    return this.#transport.call("POST", "bounces", { query, mail, repeatable: true, signal });
  }

  /** Has the mailboxes for bounces and receipts read anew, whatever they failed with; says how many there are. */
  reload({ signal }: CallOptions = {}): Promise<MailboxesReloaded> {
    return this.#transport.call("POST", "instance/reload-bounce", { repeatable: true, signal });
  }
}
