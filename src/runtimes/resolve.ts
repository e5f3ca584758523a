/** Looks up the addresses of a host the way a connection would, on Bun, Node and Deno. */
import { lookup } from "node:dns/promises";

export async function resolve(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
