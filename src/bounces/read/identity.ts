/** Which mail this is and where it went: by what a second copy of it can be told, and a mark in a return path found. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { addressParser } from "postal-mime";
import { MOST_READ_BYTES } from "../notice.ts";
import { addressesIn } from "./address.ts";
import { LONGEST_FIELD } from "./limits.ts";
import type { Mail } from "./mail.ts";
import { oneLine } from "./reason.ts";

/** The envelope's first, as servers write it down, then what the sender wrote. */
const ADDRESSED = ["x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to", "cc"];
const MOST_ADDRESSES = 20;
/** RFC 5321 4.4: the FOR clause of the trace. */
const RECEIVED_FOR = /\sfor\s{1,9}<?([^\s<>;]{1,320})/i;
const LONGEST_IDENTITY = 250;
const CR = 0x0d;

export function addressedTo({ header }: Mail): string[] {
  const written = ADDRESSED.flatMap((name) => header.all(name)).slice(0, MOST_ADDRESSES);
  const parsed = written.flatMap((value) => addressParser(value.slice(0, LONGEST_FIELD), { flatten: true }));
  const traced = header
    .all("received")
    .slice(0, MOST_ADDRESSES)
    .map((trace) => RECEIVED_FOR.exec(trace.slice(0, LONGEST_FIELD))?.[1]);
  const addresses = [...parsed.map(({ address }) => address), ...traced].flatMap((address) =>
    addressesIn(address ?? ""),
  );
  return [...new Set(addresses)].slice(0, MOST_ADDRESSES);
}

/** Its Message-ID, else a hash of what no server on its way changes: neither the trace nor the line ends. */
export function identityOf({ header }: Mail, raw: Uint8Array): string {
  const id = oneLine(header.first("message-id") ?? "", LONGEST_IDENTITY);
  if (id !== "") return id;
  const read = raw.subarray(0, MOST_READ_BYTES).filter((byte) => byte !== CR);
  const hash = sha256.create();
  for (const name of ["date", "from", "subject"])
    hash.update(utf8ToBytes(`${header.first(name)?.toWellFormed() ?? ""}\n`));
  return `sha256:${bytesToHex(hash.update(read.subarray(endOfHeader(read))).digest())}`;
}

function endOfHeader(bytes: Uint8Array): number {
  const blank = bytes.findIndex((byte, at) => byte === 0x0a && bytes[at + 1] === 0x0a);
  return blank === -1 ? 0 : blank;
}
