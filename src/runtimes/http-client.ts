/**
 * Requests to where somebody else said, on Bun, Node and Deno.
 *
 * Over node:http, since its `lookup` decides to which address the connection goes: one that is looked up before `fetch`
 * and again by it may be another by then (DNS rebinding). A literal address is looked up by nobody, and checked before.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { HttpClient } from "../ports.ts";
import { AddressRefused } from "../security/reach.ts";
import { garbageCollection } from "./garbage.ts";
import { guardedLookup } from "./guarded-lookup.ts";

/** RFC 9110 15: answers without a body, which a Response may not have either. */
const BODILESS = [204, 205, 304];

/** `ca`: certificates (PEM) to trust instead of the usual ones. */
export function createHttpClient({ ca }: { ca?: string } = {}): HttpClient {
  return ({ method, url, headers, body, addressFault, signal }) =>
    new Promise((resolve, reject) => {
      const host = url.hostname.replace(/^\[|\]$/g, "");
      const fault = isIP(host) === 0 ? undefined : addressFault(host);
      if (fault !== undefined) return reject(new AddressRefused(fault));
      const guard = guardedLookup(addressFault);
      const outgoing = (url.protocol === "https:" ? requestHttps : requestHttp)({
        method,
        host,
        port: url.port,
        path: `${url.pathname}${url.search}`,
        headers: Object.fromEntries(headers),
        // An agent would hand out connections that were made under another guard.
        agent: false,
        lookup: guard.lookup,
        signal,
        // RFC 6066 3: no server name for an address.
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(ca === undefined ? {} : { ca }),
      });
      outgoing.on("error", (error) => reject(guard.refusal ?? error));
      // RFC 9110 15.2.2: it switches to a protocol that nobody has asked for, and neither answers nor fails.
      outgoing.on("upgrade", (_, socket) => {
        socket.destroy();
        reject(new Error("the server switches protocols unasked"));
      });
      outgoing.on("response", (incoming) => {
        try {
          resolve(responseOf(incoming));
        } catch (error) {
          outgoing.destroy();
          reject(error);
        }
      });
      outgoing.end(body);
    });
}

/** Throws RangeError on a status that is none (RFC 9110 15), which not every Response does. */
function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 0, rawHeaders } = incoming;
  if (status < 200 || status > 599) throw new RangeError(`the server answers with the status ${status}, which is none`);
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  if (BODILESS.includes(status)) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  const body = decoded(incoming, headers);
  return new Response(streamOf(body), { status, headers });
}

/** Read no faster than it is asked for. */
function streamOf(body: Readable): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  const received = garbageCollection();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) return controller.close();
        received(value.byteLength);
        controller.enqueue(value);
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

/** As it was before its server compressed it, though it was asked not to: then nobody knows its length. */
function decoded(incoming: IncomingMessage, headers: Headers): Readable {
  const coding = headers.get("content-encoding")?.trim().toLowerCase();
  const decoder = coding === undefined ? undefined : DECODERS[coding]?.();
  if (decoder === undefined) return incoming;
  headers.delete("content-encoding");
  headers.delete("content-length");
  incoming.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => incoming.destroy());
  return incoming.pipe(decoder);
}

/** RFC 9110 8.4.1. */
const DECODERS: Partial<Record<string, () => Readable & NodeJS.WritableStream>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};
