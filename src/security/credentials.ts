/** The headers that authenticate a call to a tenant's application, or the fetch of one attachment. */
import { encodeBase64 } from "hono/utils/encode";
import type { Vault } from "./vault.ts";

/** How to authenticate; `token` and `password` are sealed where a vault is given to open them. */
export interface Credentials {
  method: "none" | "bearer" | "basic" | "header";
  token?: string | null | undefined;
  user?: string | null | undefined;
  password?: string | null | undefined;
  /** The header's name; `X-API-Token` where there is none. */
  header?: string | null | undefined;
}

/** The same by a tenant's stored credentials; throws where a secret cannot be opened or cannot stand in a header. */
export async function openedHeaders(sealed: Credentials | null, vault: Vault): Promise<Headers> {
  if (sealed === null) return new Headers();
  const { token, password } = sealed; // an empty one is none
  return authHeaders({
    ...sealed,
    token: token && (await vault.open(token)),
    password: password && (await vault.open(password)),
  });
}

/** What says whom a request is for and where it ends (RFC 9110 7.2, 7.6.1 and 10.1.1, RFC 9112 6): nobody's to choose. */
const FRAMING =
  /^(?:host|content-length|transfer-encoding|te|trailer|connection|keep-alive|proxy-connection|upgrade|expect)$/i;

/** Whether a header of that name could carry credentials. */
export function mayAuthenticate(header: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(header) && !FRAMING.test(header); // RFC 9110 5.1: a field name is a token
}

/** Throws where a secret cannot stand in a header, or the header is none that authenticates. */
export function authHeaders({ method, token, user, password, header }: Credentials): Headers {
  if (method === "header" && header && !mayAuthenticate(header))
    throw new TypeError("the header cannot carry credentials");
  const headers = new Headers();
  if (method === "bearer") headers.set("authorization", `Bearer ${token ?? ""}`); // RFC 6750 2.1
  if (method === "basic") headers.set("authorization", basic(user ?? "", password ?? ""));
  if (method === "header") headers.set(header ?? "X-API-Token", token ?? "");
  return headers;
}

/** RFC 7617 2.1: user and password travel as the base64 of their UTF-8. */
function basic(user: string, password: string): string {
  return `Basic ${encodeBase64(new TextEncoder().encode(`${user}:${password}`).buffer)}`;
}
