/**
 * Azure Blob Storage. Every request carries a shared access signature: the configured one, or one that the account's key
 * makes for this blob and this verb alone.
 */
import { decodeBase64, encodeBase64 } from "hono/utils/encode";
import { attachmentDisposition } from "./disposition.ts";
import { segmentsOf, urlOf } from "./path.ts";
import { type ObjectStoreOptions, request, type StoreRequest, storedFile } from "./request.ts";
import type { ByteRange, Link, LinkOptions, NewFile, Store, StoredFile } from "./store.ts";
import type { AzurePlace } from "./url.ts";

/** Of the protocol, and of the signatures made here. */
const VERSION = "2021-12-02";
/** How long the signature of a request of our own is good for; clocks differ by minutes. */
const REQUEST_SECONDS = 900;

/** "Permissions for a blob": read, create and write, delete. */
const PERMISSIONS = { GET: "r", PUT: "cw", DELETE: "d" } as const;

interface Grant {
  permissions: string;
  seconds: number;
  now: number;
  disposition?: string;
}

export class AzureStore implements Store {
  readonly #place: AzurePlace;
  readonly #options: ObjectStoreOptions;

  constructor(place: AzurePlace, options: ObjectStoreOptions) {
    this.#place = place;
    this.#options = options;
  }

  async get(path: string, signal: AbortSignal, range?: ByteRange): Promise<StoredFile> {
    const headers = new Headers(range === undefined ? {} : { "x-ms-range": `bytes=${range.first}-${range.last}` });
    return storedFile(await this.#ask({ method: "GET", headers, signal }, path, [range === undefined ? 200 : 206]));
  }

  async put(path: string, { bytes, mimeType, filename }: NewFile, signal: AbortSignal): Promise<void> {
    const headers = new Headers({
      "x-ms-blob-type": "BlockBlob",
      "x-ms-blob-content-type": mimeType,
      "x-ms-blob-content-disposition": attachmentDisposition(filename),
      "Content-Type": "application/octet-stream",
    });
    const response = await this.#ask({ method: "PUT", headers, body: bytes, signal }, path, [201]);
    await response.body?.cancel();
  }

  async delete(path: string, signal: AbortSignal): Promise<void> {
    const response = await this.#ask({ method: "DELETE", headers: new Headers(), signal }, path, [202, 404]);
    await response.body?.cancel();
  }

  /** A signature that was configured opens more than one file: it is never handed out. */
  async link(path: string, { filename, seconds, now }: LinkOptions): Promise<Link | undefined> {
    const { credentials, direct } = this.#place;
    if (!direct || !("key" in credentials)) return undefined;
    const url = this.#url(path);
    const disposition = attachmentDisposition(filename);
    url.search = await this.#sign(credentials.key, path, { permissions: "r", seconds, now, disposition });
    return { url: url.href, until: now + seconds * 1000 };
  }

  async #ask(wanted: Omit<StoreRequest, "url">, path: string, expected: number[]): Promise<Response> {
    const { credentials } = this.#place;
    const url = this.#url(path);
    const grant = { permissions: PERMISSIONS[wanted.method], seconds: REQUEST_SECONDS, now: this.#options.now() };
    url.search = "sas" in credentials ? credentials.sas : await this.#sign(credentials.key, path, grant);
    wanted.headers.set("x-ms-version", VERSION);
    return request(this.#options, { ...wanted, url }, expected);
  }

  #url(path: string): URL {
    const { endpoint, container, prefix } = this.#place;
    return urlOf(endpoint, segmentsOf([container, ...prefix], path));
  }

  /** "Create a service SAS", version 2020-12-06 and later. */
  async #sign(key: string, path: string, { permissions, seconds, now, disposition = "" }: Grant): Promise<string> {
    const { account, container, prefix, endpoint } = this.#place;
    const expiry = `${new Date(now + seconds * 1000).toISOString().slice(0, 19)}Z`;
    const resource = `/blob/${[account, ...segmentsOf([container, ...prefix], path)].join("/")}`;
    const protocol = endpoint.protocol === "https:" ? "https" : "https,http";
    const signed = [
      permissions,
      "",
      expiry,
      resource,
      "",
      "",
      protocol,
      VERSION,
      "b",
      "",
      "",
      "",
      disposition,
      "",
      "",
      "",
    ];
    const signature = await hmac(key, signed.join("\n"));
    const fields = { sv: VERSION, sr: "b", sp: permissions, se: expiry, spr: protocol, sig: signature };
    const query = new URLSearchParams(disposition === "" ? fields : { ...fields, rscd: disposition });
    return query.toString().replace(/\+/g, "%20");
  }
}

async function hmac(key: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", decodeBase64(key), algorithm, false, ["sign"]);
  return encodeBase64(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text)));
}
