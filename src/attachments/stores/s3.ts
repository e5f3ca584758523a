/** S3 and what speaks its protocol (R2, MinIO, Google's interoperability API): path-style URLs, Signature Version 4. */
import { AwsV4Signer } from "aws4fetch";
import { attachmentDisposition } from "./disposition.ts";
import { segmentsOf, urlOf } from "./path.ts";
import { type ObjectStoreOptions, request, type StoreRequest, storedFile } from "./request.ts";
import type { ByteRange, Link, LinkOptions, NewFile, Store, StoredFile } from "./store.ts";
import type { S3Place } from "./url.ts";

/** "Authenticating Requests: Using Query Parameters": X-Amz-Expires is at most seven days. */
const LONGEST_LINK_SECONDS = 7 * 86_400;

export class S3Store implements Store {
  readonly #place: S3Place;
  readonly #options: ObjectStoreOptions;

  constructor(place: S3Place, options: ObjectStoreOptions) {
    this.#place = place;
    this.#options = options;
  }

  async get(path: string, signal: AbortSignal, range?: ByteRange): Promise<StoredFile> {
    const headers = new Headers(range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` });
    return storedFile(await this.#ask({ method: "GET", headers, signal }, path, [range === undefined ? 200 : 206]));
  }

  async put(path: string, { bytes, mimeType, filename }: NewFile, signal: AbortSignal): Promise<void> {
    const headers = new Headers({ "Content-Type": mimeType, "Content-Disposition": attachmentDisposition(filename) });
    const response = await this.#ask({ method: "PUT", headers, body: bytes, signal }, path, [200, 201]);
    await response.body?.cancel();
  }

  async delete(path: string, signal: AbortSignal): Promise<void> {
    const response = await this.#ask({ method: "DELETE", headers: new Headers(), signal }, path, [200, 204, 404]);
    await response.body?.cancel();
  }

  async link(path: string, { filename, seconds, now }: LinkOptions): Promise<Link | undefined> {
    if (!this.#place.direct) return undefined;
    const url = this.#url(path);
    const granted = Math.min(Math.floor(seconds), LONGEST_LINK_SECONDS);
    url.searchParams.set("X-Amz-Expires", String(granted));
    url.searchParams.set("response-content-disposition", attachmentDisposition(filename));
    const signed = await this.#signer({ method: "GET", url, headers: new Headers(), signQuery: true }, now).sign();
    // A space is signed as %20; not every server takes a + for the same.
    return { url: signed.url.href.replace(/\+/g, "%20"), until: now + granted * 1000 };
  }

  async #ask(wanted: Omit<StoreRequest, "url">, path: string, expected: number[]): Promise<Response> {
    const { method, headers } = wanted;
    const signed = await this.#signer({ method, headers, url: this.#url(path) }, this.#options.now()).sign();
    return request(this.#options, { ...wanted, url: signed.url, headers: signed.headers }, expected);
  }

  #url(path: string): URL {
    const { endpoint, bucket, prefix } = this.#place;
    return urlOf(endpoint, segmentsOf([bucket, ...prefix], path));
  }

  #signer(of: { method: string; url: URL; headers: Headers; signQuery?: true }, now: number): AwsV4Signer {
    const { accessKeyId, secretAccessKey, region } = this.#place;
    const datetime = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "");
    return new AwsV4Signer({
      ...of,
      url: of.url.href,
      accessKeyId,
      secretAccessKey,
      region,
      service: "s3",
      datetime,
    });
  }
}
