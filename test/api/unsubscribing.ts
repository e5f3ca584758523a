/** A message with a link to unsubscribe that was sent, and the link. */
import { expect } from "vitest";
import { UnsubscribeLinks } from "../../src/bounces/unsubscribe-link.ts";
import { rows } from "../../src/db/database.ts";
import { apiWithTenant, message, T0, type TestApi } from "./support.ts";

export const PUBLIC_URL = "https://mail.example.com";

export interface Linked {
  api: TestApi;
  key: string;
  pk: string;
  /** Of the link that the message bears. */
  path: string;
}

/** A message `m1` of `acme` to you@example.net, which was sent. */
export async function linked(): Promise<Linked> {
  const { api, key } = await apiWithTenant({ publicUrl: PUBLIC_URL });
  await api.add([message("m1", { list_unsubscribe: true })], key);
  await rows(api.service.db, "update messages set state = 'sent', finished_at = :now", { now: T0 });
  const { body } = await api.get("/messages/m1?include=payload", key);
  const { list_unsubscribe } = body.payload as Record<string, unknown>;
  const wish = { tenantId: "acme", pk: String(body.pk), address: "you@example.net" };
  const link = await new UnsubscribeLinks(api.service.vault).link(String(list_unsubscribe), wish);
  expect(link).toMatch(/^https:\/\/mail\.example\.com\/unsubscribe\//);
  api.told.length = 0;
  return { api, key, pk: wish.pk, path: new URL(link).pathname };
}

/** Of the list of all tenants. */
export const listed = ({ api }: Linked) =>
  rows(api.service.db, "select tenant_id, address, source, pk, expires_at from suppressions");
