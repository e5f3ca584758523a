/**
 * Links to stored files: `{base}/files/{token}/{filename}`.
 *
 * A file's id is random and ends in the moment that its link was promised to last until; the token is the id with its
 * HMAC. So a link is made from the row alone, the same at every attempt, and a forged one is known before anything is asked.
 */
import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";
import type { Vault } from "../security/vault.ts";

const ID_BYTES = 16;
/** In place of the moment: for ever. */
const FOR_EVER = "0";
const TOKEN = /^([\w-]{22}\.[0-9a-z]+)\.([\w-]{43})$/;

/** A new id; `expiresAt` in Unix milliseconds, null for never. */
export function newFileId(expiresAt: number | null): string {
  const random = unpadded(encodeBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)).buffer));
  return `${random}.${expiresAt === null ? FOR_EVER : expiresAt.toString(36)}`;
}

/** Until when the link was promised to last, whatever has become of the file since. */
export function promisedUntil(id: string): number | null {
  const moment = id.slice(id.indexOf(".") + 1);
  return moment === FOR_EVER ? null : Number.parseInt(moment, 36);
}

/** Signs and recognises tokens; a process needs one. */
export class LinkSigner {
  readonly #vault: Vault;
  #key: Promise<CryptoKey> | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async link(baseUrl: string, { id, filename }: { id: string; filename: string }): Promise<string> {
    const signature = await crypto.subtle.sign("HMAC", await this.#signingKey(), bytesOf(id));
    const name = encodeURIComponent(filename.toWellFormed().replace(/[/\\]/g, "_"));
    return `${baseUrl.replace(/\/+$/, "")}/files/${id}.${unpadded(encodeBase64Url(signature))}/${name}`;
  }

  /** The id in a token; undefined where this was not signed here, and in a time that tells nothing of how it differs. */
  async idOf(token: string): Promise<string | undefined> {
    const [, id, signature] = TOKEN.exec(token) ?? [];
    if (id === undefined || signature === undefined) return undefined;
    const genuine = await crypto.subtle.verify(
      "HMAC",
      await this.#signingKey(),
      decodeBase64Url(signature),
      bytesOf(id),
    );
    return genuine ? id : undefined;
  }

  #signingKey(): Promise<CryptoKey> {
    this.#key ??= this.#vault.signingKey("mail-proxy file links");
    return this.#key;
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, "");
}
