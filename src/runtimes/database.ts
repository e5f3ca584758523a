/** Opens a database on Bun, Node and Deno: an embedded file, or a remote libSQL server. */
import { pathToFileURL } from "node:url";
import { type Client, LibsqlError } from "@libsql/client/http";
import type { DatabaseAddress } from "../ports.ts";
import { ThreadedFile } from "./database-threaded.ts";
import { LibsqlFile } from "./embedded.ts";
import { EmbeddedClient } from "./embedded-client.ts";
import type { Send } from "./remote-call.ts";
import { RemoteClient } from "./remote-client.ts";

/** For a command that ends soon: an embedded file is worked on in this thread. */
export async function openDatabase(address: DatabaseAddress): Promise<Client> {
  return address.url.startsWith("file:") ? openFile(address) : openRemote(address);
}

/** For a service: commits to an embedded file happen in a thread of their own, beside the requests. */
export async function openForService(address: DatabaseAddress): Promise<Client> {
  if (!address.url.startsWith("file:")) return openRemote(address);
  return new EmbeddedClient(await ThreadedFile.open({ ...address, path: filePath(address.url) }));
}

export async function openFile({ url, synchronous }: DatabaseAddress): Promise<Client> {
  return new EmbeddedClient(await LibsqlFile.open({ path: filePath(url), synchronous }));
}

/** Another program's file, by its path, which stays as it is. */
export async function openReadOnly(path: string): Promise<Client> {
  return new EmbeddedClient(await LibsqlFile.openReadOnly(pathToFileURL(path).href));
}

function openRemote({ url, token }: DatabaseAddress): RemoteClient {
  return new RemoteClient({ url, token, ...("Deno" in globalThis && { fetch: sendOnce }) });
}

/**
 * Deno sends a request again, unasked, where a connection that it kept ends before the answer: a claim would happen twice.
 * A body that is a stream it cannot send again.
 */
const sendOnce: Send = async (request, { signal }) => {
  const { url, method, headers } = request;
  const body = (await request.blob()).stream();
  const init: RequestInit & { duplex: "half" } = { method, headers, body, duplex: "half", signal };
  return fetch(url, init);
};

/** `file:relative`, `file:/absolute` and `file:///absolute`, percent-encoded, as libSQL's own client takes them. */
export function filePath(url: string): string {
  const [, host = "", path = ""] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/.exec(url) ?? [];
  if (path === "" || !["", "localhost"].includes(host))
    throw new LibsqlError(`${url} names no file on this machine`, "URL_INVALID");
  return decodeURIComponent(path);
}
