/**
 * Links by which a recipient unsubscribes with one click: `{base}/unsubscribe/{token}` (RFC 8058).
 *
 * The token says which tenant's mail, which message and which recipient, and bears the HMAC of that: whoever has it needs no
 * other key, it is the same at every attempt, it outlives the message, and a forged one is known before anything is asked.
 */
import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";
import { parse, stringify } from "uuid";
import type { Vault } from "../security/vault.ts";
import { urlIn } from "../url.ts";

/** Who wants no more of whose mail, and which message told how. */
export interface Unsubscription {
  tenantId: string;
  pk: string;
  /** As the message spells it. */
  address: string;
}

const PK_BYTES = 16;
/** Neither ids nor addresses hold it. */
const SEPARATOR = "\0";
const TOKEN = /^([\w-]{24,1000})\.([\w-]{43})$/;
/** RFC 5322 2.1.1: a line has 998 characters, and a URL cannot be folded; two are angle brackets, one the space of the fold. */
const LONGEST_LINK = 995;
/** Of a link beside its base, tenant and address. */
const AROUND = "/unsubscribe/".length + Math.ceil((PK_BYTES * 4) / 3) + ".".length + 43 + SEPARATOR.length * 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What links begin with; undefined where no mail program would follow them: RFC 8058 3.1 asks for HTTPS. */
export function unsubscribeBase(publicUrl: string | undefined): string | undefined {
  const url = publicUrl === undefined ? undefined : urlIn(publicUrl);
  return url?.protocol === "https:" ? url.origin + url.pathname.replace(/\/+$/, "") : undefined;
}

/** Whether the link has room on a line of a mail. */
export function fits(base: string, { tenantId, address }: Pick<Unsubscription, "tenantId" | "address">): boolean {
  const bytes = encoder.encode(tenantId + address).length;
  return base.length + AROUND + Math.ceil((bytes * 4) / 3) <= LONGEST_LINK;
}

/** RFC 2369 3.2 and RFC 8058 3.1. */
export function unsubscribeFields(link: string | undefined): [name: string, value: string][] {
  if (link === undefined) return [];
  return [
    ["List-Unsubscribe", `<${link}>`],
    ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"],
  ];
}

/** Makes and recognises links; a process needs one. */
export class UnsubscribeLinks {
  readonly #vault: Vault;
  #key: Promise<CryptoKey> | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async link(base: string, { tenantId, pk, address }: Unsubscription): Promise<string> {
    const names = encoder.encode(tenantId + SEPARATOR + address);
    const bytes = new Uint8Array(PK_BYTES + names.length);
    bytes.set(parse(pk));
    bytes.set(names, PK_BYTES);
    const content = unpadded(encodeBase64Url(bytes.buffer));
    const signature = await crypto.subtle.sign("HMAC", await this.#signingKey(), encoder.encode(content));
    return `${base}/unsubscribe/${content}.${unpadded(encodeBase64Url(signature))}`;
  }

  /** What a token says; undefined where this was not signed here, and in a time that tells nothing of how it differs. */
  async read(token: string): Promise<Unsubscription | undefined> {
    const [, content, signature] = TOKEN.exec(token) ?? [];
    if (content === undefined || signature === undefined) return undefined;
    const mac = decodeBase64Url(signature);
    const genuine = await crypto.subtle.verify("HMAC", await this.#signingKey(), mac, encoder.encode(content));
    if (!genuine) return undefined;
    const bytes = decodeBase64Url(content);
    const [tenantId = "", address = ""] = decoder.decode(bytes.subarray(PK_BYTES)).split(SEPARATOR);
    return { tenantId, pk: stringify(bytes), address };
  }

  #signingKey(): Promise<CryptoKey> {
    this.#key ??= this.#vault.signingKey("mail-proxy unsubscribe links");
    return this.#key;
  }
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, "");
}
