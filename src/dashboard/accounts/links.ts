/** Where an account is shown, and which one a form is about. */
import { exact } from "../given.ts";

export const HERE = "/dashboard/accounts";

export interface AccountName {
  tenant_id: string;
  id: string;
}

export function hrefOf({ tenant_id, id }: AccountName): string {
  return `${HERE}/${encodeURIComponent(tenant_id)}/${encodeURIComponent(id)}`;
}

export function namedIn(form: FormData): AccountName {
  return { tenant_id: exact(form, "tenant_id"), id: exact(form, "id") };
}

/** Hidden fields of a form about an account. */
export function fieldsOf({ tenant_id, id }: AccountName): Record<string, string> {
  return { tenant_id, id };
}
