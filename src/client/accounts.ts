/** SMTP accounts: saved, looked at, tested, paused, resumed, deleted. */
import type { CallOptions, Transport } from "./transport.ts";
import type {
  AccountDeleted,
  AccountInput,
  AccountPage,
  AccountSaved,
  AccountTested,
  DeleteAccountQuery,
  ListAccountsQuery,
  OneAccount,
  PauseAccountQuery,
} from "./types.ts";

export class Accounts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates or updates: absent fields keep their value, null clears. */
  save(account: AccountInput, { signal }: CallOptions = {}): Promise<AccountSaved> {
    return this.#transport.call("POST", "account", { body: account, repeatable: true, signal });
  }

  list({ signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<AccountPage> {
    return this.#transport.call("GET", "accounts", { query, repeatable: true, signal });
  }

  get(id: string, { signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<OneAccount> {
    return this.#transport.call("GET", pathOf(id), { query, repeatable: true, signal });
  }

  /** Connects and logs in as the account would, and tells each step. */
  test(id: string, { signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<AccountTested> {
    return this.#transport.call("POST", `${pathOf(id)}/test`, { query, repeatable: false, signal });
  }

  /** Until a moment, or until it is resumed; what is being sent is finished. */
  pause(id: string, { signal, ...query }: PauseAccountQuery & CallOptions = {}): Promise<OneAccount> {
    return this.#transport.call("POST", `${pathOf(id)}/pause`, { query, repeatable: true, signal });
  }

  /** Ends a pause. */
  resume(id: string, { signal, ...query }: ListAccountsQuery & CallOptions = {}): Promise<OneAccount> {
    return this.#transport.call("POST", `${pathOf(id)}/resume`, { query, repeatable: true, signal });
  }

  /** Fails with `conflict` while messages wait for it, unless `force`. */
  delete(id: string, { signal, ...query }: DeleteAccountQuery & CallOptions = {}): Promise<AccountDeleted> {
    return this.#transport.call("DELETE", pathOf(id), { query, repeatable: false, signal });
  }
}

function pathOf(id: string): string {
  return `account/${encodeURIComponent(id)}`;
}
