/** Where a webhook and its deliveries are shown. */

export const HERE = "/dashboard/webhooks";

export function hrefOf(id: string): string {
  return `${HERE}/${encodeURIComponent(id)}`;
}

export function deliveryHref(id: string, delivery: string): string {
  return `${hrefOf(id)}/deliveries/${encodeURIComponent(delivery)}`;
}

/** ISO 8601, as the API tells the moments of webhooks, in Unix seconds. */
export function secondsOf(moment: string | null): number | null {
  return moment === null ? null : Date.parse(moment) / 1000;
}
