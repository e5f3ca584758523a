/** The URL of a tenant's store: it may hold credentials, so it is kept sealed, beside what of it may be shown. */

import { urlIn } from "../url.ts";
import type { Vault } from "./vault.ts";

/** A store's URL as it was configured. */
export interface StoreAddress {
  url: string;
  /** A key of the tenant named it: it is reached at public addresses only. */
  publicOnly: boolean;
}

const MASK = "********";
/** Parameters that open something: a shared access signature's `sig`. */
const SECRET_PARAMETER = /sig|secret|token|key|password/i;

/** As it is kept in the database. */
export async function sealStore(vault: Vault, address: StoreAddress): Promise<{ sealed: string; shown: string }> {
  return { sealed: await vault.seal(JSON.stringify(address)), shown: shownStoreUrl(address.url) };
}

/** The store, or the sealed text alone. Earlier versions kept the plain URL of the store for large files, which only an admin could name. */
export async function openSealedStore(vault: Vault, stored: string | { sealed: string }): Promise<StoreAddress> {
  if (typeof stored === "string" && !stored.startsWith("ENC:")) return { url: stored, publicOnly: false };
  const { url, publicOnly } = JSON.parse(await vault.open(typeof stored === "string" ? stored : stored.sealed));
  return { url, publicOnly };
}

/** User, host and path as they are, every secret masked. */
export function shownStoreUrl(text: string): string {
  const url = urlIn(text);
  if (url === undefined) return MASK;
  if (url.password !== "") url.password = MASK;
  for (const name of [...url.searchParams.keys()]) if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, MASK);
  return url.href;
}
