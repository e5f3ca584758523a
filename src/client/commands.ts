/** Commands that steer the queue, and the log of every call that changed something. */
import type { CallOptions, Transport } from "./transport.ts";
import type { CommandPage, Done, ListAccountsQuery, ListCommandsQuery, SuspendQuery, Suspension } from "./types.ts";

export class Commands {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Nothing more of the batch is taken up; without a batch, of the tenant. */
  suspend({ signal, ...query }: SuspendQuery & CallOptions = {}): Promise<Suspension> {
    return this.#transport.call("POST", "commands/suspend", { query, repeatable: true, signal });
  }

  activate({ signal, ...query }: SuspendQuery & CallOptions = {}): Promise<Suspension> {
    return this.#transport.call("POST", "commands/activate", { query, repeatable: true, signal });
  }

  /** Sends and reports now. */
  runNow({ signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<Done> {
    return this.#transport.call("POST", "commands/run-now", { query, repeatable: true, signal });
  }

  /** One page of the log, newest first. */
  log({ signal, ...query }: ListCommandsQuery & CallOptions = {}): Promise<CommandPage> {
    return this.#transport.call("GET", "command-log", { query, repeatable: true, signal });
  }
}
