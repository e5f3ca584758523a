/** Looks up a host for a connection, and hands on only those of its addresses that may be connected to. */
import { type LookupAddress, lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { AddressRefused } from "../security/reach.ts";

export interface GuardedLookup {
  lookup: LookupFunction;
  /** Why there was no address to hand on; the connection itself only tells that it failed. */
  refusal?: AddressRefused;
}

export function guardedLookup(addressFault: (address: string) => string | undefined): GuardedLookup {
  const guard: GuardedLookup = {
    lookup: (host, options, callback) => {
      lookup(host, { ...options, all: true }, (error, found: LookupAddress[] = []) => {
        const open = found.filter(({ address }) => addressFault(address) === undefined);
        const [first] = open;
        if (error !== null) return callback(error, "");
        if (first === undefined) {
          guard.refusal = new AddressRefused("has no address that may be reached");
          return callback(guard.refusal, "");
        }
        if (options.all === true) callback(null, open);
        else callback(null, first.address, first.family);
      });
    },
  };
  return guard;
}
