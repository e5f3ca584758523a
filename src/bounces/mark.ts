/**
 * Marks in return paths (VERP): the envelope sender tells which message a bounce is of, and a signature keeps others from
 * claiming one.
 *
 * A pattern such as `bounces+*@example.com` gives the mark its place. The mark is the message's pk and a signature of it,
 * digits and letters only, in lower case: a server on the way back may fold the case of a local part, or write another sign
 * for the `+`. One that cuts off what stands behind the `+`, or shortens the local part, takes the mark away.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { AddressError, asciiAddress, needsUtf8 } from "../addresses/addr-spec.ts";
import { comparableOrNothing } from "../addresses/comparable.ts";
import { sameHash } from "../security/tokens.ts";
import type { Vault } from "../security/vault.ts";

/** The digits of base 32, without those letters that are taken for another: no i, l, o or u. */
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const PLACE = "*";
const PK_DIGITS = 26; // 128 bits, and two of zero
const SIGNATURE_DIGITS = 16;
const SIGNATURE_BYTES = 10; // 80 bits: each guess costs its sender a mail
const MARK_OCTETS = PK_DIGITS + SIGNATURE_DIGITS;
const MARK = new RegExp(`^[0-7][${DIGITS}]{${MARK_OCTETS - 1}}$`);
/** RFC 5321 4.5.3.1.1. */
const LONGEST_LOCAL_PART = 64;
const ROOM = LONGEST_LOCAL_PART - MARK_OCTETS;

const encoder = new TextEncoder();

export class Marks {
  readonly #vault: Vault;
  #key: Promise<CryptoKey> | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** The envelope sender of a message, the same at every attempt; a pattern without a place for a mark as it stands. */
  async returnPath(pattern: string, pk: string): Promise<string> {
    if (!pattern.includes(PLACE)) return pattern;
    return withMark(pattern, digitsOf(pk.replaceAll("-", ""), PK_DIGITS) + (await this.#signature(pk)));
  }

  /** Which message an address that came back is of; undefined where it holds no mark of this pattern at all. */
  async read(pattern: string, address: string): Promise<{ pk: string } | "forged" | undefined> {
    const mark = markIn(pattern, address);
    if (mark === undefined) return undefined;
    const pk = pkOf(mark.slice(0, PK_DIGITS));
    return sameHash(await this.#signature(pk), mark.slice(PK_DIGITS)) ? { pk } : "forged";
  }

  async #signature(pk: string): Promise<string> {
    this.#key ??= this.#vault.signingKey("mail-proxy return paths");
    const signature = await crypto.subtle.sign("HMAC", await this.#key, encoder.encode(pk));
    return digitsOf(bytesToHex(new Uint8Array(signature, 0, SIGNATURE_BYTES)), SIGNATURE_DIGITS);
  }
}

/** Whether messages are marked by this pattern, so that every genuine bounce bears a mark. */
export function isMarking(pattern: string): boolean {
  return pattern.includes(PLACE);
}

/** Why a text is no pattern, for a person; undefined where it is one. */
export function patternFault(pattern: string): string | undefined {
  const at = pattern.lastIndexOf("@");
  const local = pattern.slice(0, Math.max(at, 0));
  const places = pattern.split(PLACE).length - 1;
  if (places > 1) return `may have one ${PLACE} only, where the mark of each message goes`;
  // RFC 6531 3.2: else every message would need a server that offers SMTPUTF8.
  if (needsUtf8(pattern)) return "must be ASCII before the @";
  if (places === 1 && local.length - PLACE.length > ROOM)
    return `may have ${ROOM} octets beside the ${PLACE} before the @: a mark takes the rest of ${LONGEST_LOCAL_PART}`;
  if (local.length > LONGEST_LOCAL_PART) return `may have ${LONGEST_LOCAL_PART} octets before the @`;
  // What is correct with its star can only be too long with a mark.
  return (
    addressFault(pattern) ??
    (addressFault(withMark(pattern, "0".repeat(MARK_OCTETS))) && "is too long for a mark in it")
  );
}

function withMark(pattern: string, mark: string): string {
  return pattern.replace(PLACE, mark);
}

function addressFault(address: string): string | undefined {
  try {
    asciiAddress(address);
    return undefined;
  } catch (error) {
    if (error instanceof AddressError) return error.message;
    throw error;
  }
}

/** What stands in the place of the mark, where it looks like one. */
function markIn(pattern: string, address: string): string | undefined {
  const [wanted, given] = [comparableOrNothing(pattern), comparableOrNothing(address)];
  if (wanted === undefined || given === undefined || !isMarking(wanted)) return undefined;
  const [before, after] = wanted.split(PLACE) as [string, string];
  const end = given.length - after.length;
  const mark = given.slice(before.length, end);
  const around = given.slice(0, before.length) + PLACE + given.slice(end);
  return MARK.test(mark) && lettersOf(around) === lettersOf(wanted) ? mark : undefined;
}

/** With any sign for any other: some servers know another separator than `+`. */
function lettersOf(address: string): string {
  const at = address.lastIndexOf("@");
  return address.slice(0, at).replace(/[^\p{L}\p{N}]/gu, "-") + address.slice(at);
}

function digitsOf(hex: string, count: number): string {
  const digits = BigInt(`0x${hex}`).toString(DIGITS.length).padStart(count, "0");
  return digits.replace(/./g, (digit) => DIGITS[Number.parseInt(digit, DIGITS.length)]!);
}

/** RFC 9562 4: in lower case. */
function pkOf(digits: string): string {
  const value = [...digits].reduce((sum, digit) => sum * 32n + BigInt(DIGITS.indexOf(digit)), 0n);
  return value
    .toString(16)
    .padStart(32, "0")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
