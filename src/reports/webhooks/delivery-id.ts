/** Names of deliveries: `webhook-id`, by which a receiver knows again what it has taken already. */

/** Random, and the same over all attempts and replays of a delivery. */
export function newDeliveryId(): string {
  return `msg_${crypto.randomUUID().replaceAll("-", "")}`;
}
