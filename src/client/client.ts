/** The client: what the proxy serves, resource by resource. */
import { Accounts } from "./accounts.ts";
import { Bounces } from "./bounces.ts";
import { Commands } from "./commands.ts";
import { Messages } from "./messages.ts";
import { Suppressions } from "./suppressions.ts";
import { Tenants } from "./tenants.ts";
import { type CallOptions, type MailProxyOptions, Transport } from "./transport.ts";
import type { Alive, Instance, InstanceChanges, Ready, Status } from "./types.ts";
import { Webhooks } from "./webhooks.ts";

/** Every method throws MailProxyError where the proxy refuses, or cannot be reached. */
export class MailProxy {
  readonly messages: Messages;
  readonly accounts: Accounts;
  readonly tenants: Tenants;
  readonly commands: Commands;
  readonly suppressions: Suppressions;
  readonly webhooks: Webhooks;
  readonly bounces: Bounces;
  readonly #transport: Transport;

  constructor(options: MailProxyOptions) {
    this.#transport = new Transport(options);
    this.messages = new Messages(this.#transport);
    this.accounts = new Accounts(this.#transport);
    this.tenants = new Tenants(this.#transport);
    this.commands = new Commands(this.#transport);
    this.suppressions = new Suppressions(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
    this.bounces = new Bounces(this.#transport);
  }

  /** Version, what is in flight, what waits. */
  status({ signal }: CallOptions = {}): Promise<Status> {
    return this.#transport.call("GET", "status", { repeatable: true, signal });
  }

  /** The process is alive. */
  health({ signal }: CallOptions = {}): Promise<Alive> {
    return this.#transport.call("GET", "health", { repeatable: false, signal });
  }

  /** It takes messages, and its database answers; fails at once where not. */
  ready({ signal }: CallOptions = {}): Promise<Ready> {
    return this.#transport.call("GET", "ready", { repeatable: false, signal });
  }

  /** The stored settings. */
  instance({ signal }: CallOptions = {}): Promise<Instance> {
    return this.#transport.call("GET", "instance", { repeatable: true, signal });
  }

  /** Absent fields keep their value, null clears. */
  updateInstance(changes: InstanceChanges, { signal }: CallOptions = {}): Promise<Instance> {
    return this.#transport.call("PUT", "instance", { body: changes, repeatable: true, signal });
  }
}
