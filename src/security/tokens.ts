/** Access tokens: long random texts, of which only the SHA-256 is ever stored or compared. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { encodeBase64Url } from "hono/utils/encode";

const TOKEN_BYTES = 32;

/** A new token: the prefix (which tells a person what it opens) and 256 random bits. */
export function newToken(prefix: string): string {
  return prefix + encodeBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).buffer).replace(/=+$/, "");
}

/** SHA-256 as hexadecimal. Fast on purpose: tokens are random, so there is nothing for a slow hash to protect. */
export function hashToken(token: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(token)));
}

/** Compares two hashes in a time that tells nothing of where they differ. */
export function sameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
