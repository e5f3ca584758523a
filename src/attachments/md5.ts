/** MD5 of an attachment's content, which WebCrypto lacks: it names content, and protects nothing. */
import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** What is hashed at once, so that a large attachment keeps nobody else waiting for longer than a few milliseconds. */
const PIECE_BYTES = 512 * 1024;

/** 32 hexadecimal digits in lower case. `nextTurn` lets others at the processor between two pieces. */
export async function md5Of(bytes: Uint8Array, nextTurn: () => Promise<void>): Promise<string> {
  const hash = md5.create();
  for (let start = 0; start < bytes.byteLength; start += PIECE_BYTES) {
    if (start > 0) await nextTurn();
    hash.update(bytes.subarray(start, start + PIECE_BYTES));
  }
  return bytesToHex(hash.digest());
}
