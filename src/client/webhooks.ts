/** Webhooks of a tenant: endpoints that are told of events as they happen, the log of what they were told, and replays. */
import type { CallOptions, Transport } from "./transport.ts";
import type {
  DeliveriesReplayed,
  Delivery,
  DeliveryPage,
  DeliveryQueued,
  ListAccountsQuery,
  ListDeliveriesQuery,
  ListWebhooksQuery,
  OneDelivery,
  OneWebhook,
  ReplayRange,
  SecretRotation,
  WebhookChanged,
  WebhookChanges,
  WebhookDeleted,
  WebhookInput,
  WebhookMade,
  WebhookPage,
} from "./types.ts";

type Of = ListAccountsQuery & CallOptions;

export class Webhooks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `signing_secret` is shown this once. */
  create(webhook: WebhookInput, { signal, ...query }: Of = {}): Promise<WebhookMade> {
    return this.#transport.call("POST", "webhooks", { query, body: webhook, repeatable: false, signal });
  }

  list({ signal, ...query }: ListWebhooksQuery & CallOptions = {}): Promise<WebhookPage> {
    return this.#transport.call("GET", "webhooks", { query, repeatable: true, signal });
  }

  get(id: string, { signal, ...query }: Of = {}): Promise<OneWebhook> {
    return this.#transport.call("GET", pathOf(id), { query, repeatable: true, signal });
  }

  /** Absent fields keep their value. To enable it, or to give it another URL, ends a wait. */
  update(id: string, changes: WebhookChanges, { signal, ...query }: Of = {}): Promise<WebhookChanged> {
    return this.#transport.call("PATCH", pathOf(id), { query, body: changes, repeatable: true, signal });
  }

  /** Its log goes with it. */
  delete(id: string, { signal, ...query }: Of = {}): Promise<WebhookDeleted> {
    return this.#transport.call("DELETE", pathOf(id), { query, repeatable: false, signal });
  }

  /** Sends an event `webhook.test`; `delivery` of its id says what came of it. */
  test(id: string, { signal, ...query }: Of = {}): Promise<DeliveryQueued> {
    return this.#transport.call("POST", `${pathOf(id)}/test`, { query, repeatable: false, signal });
  }

  /** The secret is shown this once; the one before signs too for a while. */
  rotateSecret(id: string, { overlap_seconds, signal, ...query }: SecretRotation & Of = {}): Promise<WebhookMade> {
    const call = { query, body: { overlap_seconds }, repeatable: false, signal };
    return this.#transport.call("POST", `${pathOf(id)}/rotate-secret`, call);
  }

  /** One page of the log, newest first. */
  deliveries(id: string, { signal, ...query }: ListDeliveriesQuery & CallOptions = {}): Promise<DeliveryPage> {
    return this.#transport.call("GET", `${pathOf(id)}/deliveries`, { query, repeatable: true, signal });
  }

  /** All pages, delivery by delivery. */
  async *eachDelivery(
    id: string,
    filter: ListDeliveriesQuery & CallOptions = {},
  ): AsyncGenerator<Delivery, void, undefined> {
    for (let cursor = filter.cursor; ; ) {
      const page = await this.deliveries(id, { ...filter, ...(cursor === undefined ? {} : { cursor }) });
      yield* page.deliveries;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  /** With its body, and each call. */
  delivery(id: string, delivery: string, { signal, ...query }: Of = {}): Promise<OneDelivery> {
    return this.#transport.call("GET", deliveryPath(id, delivery), { query, repeatable: true, signal });
  }

  /** Once more, under the id that it had. */
  replay(id: string, delivery: string, { signal, ...query }: Of = {}): Promise<DeliveryQueued> {
    return this.#transport.call("POST", `${deliveryPath(id, delivery)}/replay`, { query, repeatable: true, signal });
  }

  /** Those of a range, the oldest first; go on with `next_cursor` until it is null. */
  replayRange(id: string, range: ReplayRange, { signal, ...query }: Of = {}): Promise<DeliveriesReplayed> {
    const call = { query, body: range, repeatable: false, signal };
    return this.#transport.call("POST", `${pathOf(id)}/deliveries/replay`, call);
  }
}

function pathOf(id: string): string {
  return `webhooks/${encodeURIComponent(id)}`;
}

function deliveryPath(id: string, delivery: string): string {
  return `${pathOf(id)}/deliveries/${encodeURIComponent(delivery)}`;
}
