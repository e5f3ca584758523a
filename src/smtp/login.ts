/** How to log in (RFC 4954): the choice of a method, and what the methods send that worker-mailer lacks. */
import { hmac } from "@noble/hashes/hmac.js";
import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { AuthMethod } from "./account.ts";

/** In clear text the method that hides the password comes first; in TLS the one that every server masters. */
const PREFERENCE: Record<"clear" | "tls", AuthMethod[]> = {
  clear: ["cram-md5", "plain", "login", "xoauth2"],
  tls: ["plain", "login", "cram-md5", "xoauth2"],
};

/** A piece of a secret that is shorter tells nothing, and would star out ordinary words. */
const TELLING = 4;

/** The method to use, or undefined if the server offers none that will do. */
export function chooseMethod(
  wanted: "auto" | AuthMethod,
  offered: readonly AuthMethod[],
  line: "clear" | "tls",
): AuthMethod | undefined {
  return PREFERENCE[line].find((method) => offered.includes(method) && (wanted === "auto" || wanted === method));
}

const encoder = new TextEncoder();

/** One character per byte of the UTF-8: what `btoa` takes. */
export function binary(text: string): string {
  return Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** RFC 2195 2: the user and, keyed with the password, the digest of the challenge. */
export function cramMd5Response(user: string, password: string, challenge: string): string {
  const nonce = Uint8Array.from(atob(challenge.trim()), (character) => character.charCodeAt(0));
  return btoa(binary(`${user} ${bytesToHex(hmac(md5, encoder.encode(password), nonce))}`));
}

/** Google's and Microsoft's XOAUTH2: the user and an access token, each ended by Control-A. */
export function xoauth2Response(user: string, token: string): string {
  return btoa(binary(`user=${user}\x01auth=Bearer ${token}\x01\x01`));
}

/** The text of a server that may repeat what it was sent: whatever is part of a secret is starred out. */
export function redact(text: string, user: string, password: string): string {
  const encoded = [password, `\0${user}\0${password}`].map((secret) => btoa(binary(secret)));
  const secrets = [password, ...encoded, xoauth2Response(user, password)].filter(Boolean);
  const telling = (word: string) =>
    secrets.some((secret) => word.includes(secret) || (word.length >= TELLING && secret.includes(word)));
  return text.replace(/[^\s"'<>()]+/g, (word) => (telling(word) ? "***" : word));
}
