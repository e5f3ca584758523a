/** The headers that authenticate a call to a tenant's endpoint. */
import { encodeBase64 } from "hono/utils/encode";
import type { StoredAuth } from "../db/schema.ts";
import type { Vault } from "../security/vault.ts";

/** The authentication headers; throws where a secret cannot be opened or cannot stand in a header. */
export async function authHeaders(auth: StoredAuth | null, vault: Vault): Promise<Headers> {
  const headers = new Headers();
  if (auth === null || auth.method === "none") return headers;
  const token = await open(vault, auth.token);
  if (auth.method === "bearer") headers.set("authorization", `Bearer ${token}`); // RFC 6750 2.1
  if (auth.method === "basic") headers.set("authorization", basic(auth.user ?? "", await open(vault, auth.password)));
  if (auth.method === "header") headers.set(auth.header ?? "X-API-Token", token);
  return headers;
}

/** RFC 7617 2.1: user and password travel as the base64 of their UTF-8. */
function basic(user: string, password: string): string {
  return `Basic ${encodeBase64(new TextEncoder().encode(`${user}:${password}`).buffer)}`;
}

async function open(vault: Vault, sealed: string | null | undefined): Promise<string> {
  return sealed === null || sealed === undefined ? "" : vault.open(sealed);
}
