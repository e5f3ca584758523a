/** Ids for messages that people queue by hand: short enough to be read and typed, random enough never to meet. */

/** Crockford's base 32: nothing in it is taken for something else. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** `k3f9-2xqa-81mz`: 60 random bits. */
export function newId(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => LETTERS[byte % LETTERS.length]);
  return [0, 4, 8].map((at) => letters.slice(at, at + 4).join("")).join("-");
}
