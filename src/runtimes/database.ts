/** Opens a database on Bun, Node and Deno: an embedded file, or a remote libSQL server. */
import { type Client, LibsqlError } from "@libsql/client";
import type { DatabaseAddress } from "../ports.ts";
import { ThreadedFile } from "./database-threaded.ts";
import { LibsqlFile } from "./embedded.ts";
import { EmbeddedClient } from "./embedded-client.ts";
import { RemoteClient } from "./remote-client.ts";

/** For a command that ends soon: an embedded file is worked on in this thread. */
export async function openDatabase(address: DatabaseAddress): Promise<Client> {
  return address.url.startsWith("file:") ? openFile(address) : new RemoteClient(address);
}

/** For a service: commits to an embedded file happen in a thread of their own, beside the requests. */
export async function openForService(address: DatabaseAddress): Promise<Client> {
  if (!address.url.startsWith("file:")) return new RemoteClient(address);
  return new EmbeddedClient(await ThreadedFile.open({ ...address, path: filePath(address.url) }));
}

export async function openFile({ url, synchronous }: DatabaseAddress): Promise<Client> {
  return new EmbeddedClient(await LibsqlFile.open({ path: filePath(url), synchronous }));
}

/** `file:relative`, `file:/absolute` and `file:///absolute`, percent-encoded, as libSQL's own client takes them. */
function filePath(url: string): string {
  const [, host = "", path = ""] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/.exec(url) ?? [];
  if (path === "" || !["", "localhost"].includes(host))
    throw new LibsqlError(`${url} names no file on this machine`, "URL_INVALID");
  return decodeURIComponent(path);
}
