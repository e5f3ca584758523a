/** Seals the secrets that the database holds: AES-256-GCM, as `ENC:<base64(nonce, ciphertext, tag)>`. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { decodeBase64, decodeBase64Url, encodeBase64 } from "hono/utils/encode";
import { ConfigError } from "../config.ts";

export interface Vault {
  seal(plain: string): Promise<string>;
  /** Throws where the text was not sealed with this key; the error shows neither. */
  open(sealed: string): Promise<string>;
  /** A key for HMAC-SHA256, the same for the same purpose, from which nobody learns the vault's own. */
  signingKey(purpose: string): Promise<CryptoKey>;
}

const PREFIX = "ENC:";
const KEY_BYTES = 32;
const NONCE_BYTES = 12; // NIST SP 800-38D 5.2.1.1: 96 bits, the length GCM is made for
const TAG_BYTES = 16;

/** Opens the vault with a key of 32 bytes, written as base64 (either alphabet) or 64 hexadecimal digits; else throws ConfigError. */
export async function openVault(keyText: string): Promise<Vault> {
  const key = await crypto.subtle.importKey("raw", keyBytes(keyText.trim()), "AES-GCM", false, ["encrypt", "decrypt"]);

  return {
    async seal(plain) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const encrypted = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(plain));
      const sealed = new Uint8Array(NONCE_BYTES + encrypted.byteLength);
      sealed.set(iv);
      sealed.set(new Uint8Array(encrypted), NONCE_BYTES);
      return PREFIX + encodeBase64(sealed.buffer);
    },

    async open(sealed) {
      try {
        const bytes = sealedBytes(sealed);
        const iv = bytes.subarray(0, NONCE_BYTES);
        const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.subarray(NONCE_BYTES));
        return new TextDecoder().decode(plain);
      } catch (cause) {
        throw new Error("a stored secret cannot be opened with this encryption key", { cause });
      }
    },

    async signingKey(purpose) {
      const material = await crypto.subtle.importKey("raw", keyBytes(keyText.trim()), "HKDF", false, ["deriveKey"]);
      // RFC 5869 3.1 and 3.2: no salt, since the key is random; `info` keeps the purposes apart.
      const derivation = {
        name: "HKDF",
        hash: "SHA-256",
        salt: new Uint8Array(),
        info: new TextEncoder().encode(purpose),
      };
      const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
      return crypto.subtle.deriveKey(derivation, material, hmac, false, ["sign", "verify"]);
    },
  };
}

/** A new key, as base64. */
export function generateKey(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(KEY_BYTES)).buffer);
}

function keyBytes(text: string): Uint8Array<ArrayBuffer> {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(hexToBytes(text));
  // 32 bytes are 43 digits of base64, with or without the padding.
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return decodeBase64Url(text);
  throw new ConfigError(
    `MAIL_PROXY_ENCRYPTION_KEY must be ${KEY_BYTES} bytes, as base64 or as ${2 * KEY_BYTES} hexadecimal digits`,
  );
}

function sealedBytes(sealed: string): Uint8Array<ArrayBuffer> {
  if (!sealed.startsWith(PREFIX)) throw new Error(`does not start with ${PREFIX}`);
  const bytes = decodeBase64(sealed.slice(PREFIX.length));
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error("is too short");
  return bytes;
}
