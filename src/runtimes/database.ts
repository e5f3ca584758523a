/** Opens a database on Bun, Node and Deno: an embedded file with its pragmas, or a remote libSQL server. */
import { type Client, createClient } from "@libsql/client";
import type { DatabaseAddress } from "../ports.ts";

/** How long a statement waits for another process's write; each write of ours takes milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

export async function openDatabase(address: DatabaseAddress): Promise<Client> {
  return address.url.startsWith("file:") ? openFile(address) : createClient(remote(address));
}

/** One connection only (statements run one at a time in an embedded file anyway), so that the pragmas hold for all of them. */
export async function openFile({ url, synchronous }: DatabaseAddress): Promise<Client> {
  const client = createClient({ url, concurrency: 1, timeout: BUSY_TIMEOUT_MS });
  await client.execute("pragma journal_mode = wal");
  await client.execute(`pragma synchronous = ${synchronous}`);
  return client;
}

function remote({ url, token }: DatabaseAddress) {
  return token === undefined ? { url } : { url, authToken: token };
}
