/** Where messages are shown. */

export const HERE = "/dashboard/messages";

export function hrefOf(pk: string): string {
  return `${HERE}/${encodeURIComponent(pk)}`;
}
