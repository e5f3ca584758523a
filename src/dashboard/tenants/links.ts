/** Where a tenant is shown, and which one a form is about. */
import { exact } from "../given.ts";

export const HERE = "/dashboard/tenants";

export function hrefOf(id: string): string {
  return `${HERE}/${encodeURIComponent(id)}`;
}

export function tenantIn(form: FormData): string {
  return exact(form, "tenant_id");
}
