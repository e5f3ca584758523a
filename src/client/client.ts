/** The client: what the proxy serves, resource by resource. */
import { Accounts } from "./accounts.ts";
import { Bounces } from "./bounces.ts";
import { Commands } from "./commands.ts";
import { Inbox } from "./inbox.ts";
import { Messages } from "./messages.ts";
import { Suppressions } from "./suppressions.ts";
import { Tenants } from "./tenants.ts";
import { type CallOptions, type MailProxyOptions, Transport } from "./transport.ts";
import type {
  Alive,
  EffectiveSettings,
  Figures,
  FiguresQuery,
  Instance,
  InstanceChanges,
  Overview,
  OverviewQuery,
  Ready,
  Status,
} from "./types.ts";
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
  readonly inbox: Inbox;
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
    this.inbox = new Inbox(this.#transport);
  }

  /** Version and commit, what is in flight, what waits. */
  status({ signal }: CallOptions = {}): Promise<Status> {
    return this.#transport.call("GET", "status", { repeatable: true, signal });
  }

  /** What was sent, failed, deferred and so on over time; without moments over the last hour, by minute. */
  figures({ signal, ...query }: FiguresQuery & CallOptions = {}): Promise<Figures> {
    return this.#transport.call("GET", "figures", { query, repeatable: true, signal });
  }

  /** What waits, what waits longest, and what needs somebody. */
  overview({ signal, ...query }: OverviewQuery & CallOptions = {}): Promise<Overview> {
    return this.#transport.call("GET", "overview", { query, repeatable: true, signal });
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

  /** The settings that the process works by, and where each is from; secrets are never shown. */
  settings({ signal }: CallOptions = {}): Promise<EffectiveSettings> {
    return this.#transport.call("GET", "instance/settings", { repeatable: true, signal });
  }

  /** Absent fields keep their value, null clears. */
  updateInstance(changes: InstanceChanges, { signal }: CallOptions = {}): Promise<Instance> {
    return this.#transport.call("PUT", "instance", { body: changes, repeatable: true, signal });
  }
}
