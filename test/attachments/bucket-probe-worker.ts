/** An R2 bucket as a store, reached over HTTP: `PUT`, `GET` (a range by `first` and `last`) and `DELETE` of a path. */
import { AttachmentError } from "../../src/attachments/content.ts";
import { openStore } from "../../src/attachments/stores/index.ts";
import { bucketsOf } from "../../src/runtimes/worker-bucket.ts";
import { Subrequests } from "../../src/runtimes/worker-requests.ts";

export default {
  async fetch(request: Request, bindings: Record<string, unknown>): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const path = decodeURIComponent(pathname.slice(1));
    const requests = new Subrequests(50);
    const http = () => Promise.reject(new Error("nothing is asked over HTTP"));
    const surroundings = { http, now: Date.now, bucket: bucketsOf(bindings, requests) };
    try {
      const url = searchParams.get("store") ?? "r2://FILES/mail";
      const store = openStore({ url, publicOnly: searchParams.has("public") }, surroundings);
      const headers = () => ({ "X-Requests": String(50 - requests.left) });
      if (request.method === "PUT") {
        const bytes = new Uint8Array(await request.arrayBuffer());
        await store.put(path, { bytes, mimeType: "application/pdf", filename: "x" }, request.signal);
        return new Response(null, { headers: headers() });
      }
      if (request.method === "DELETE") {
        await store.delete(path, request.signal);
        return new Response(null, { headers: headers() });
      }
      const [first, last] = [Number(searchParams.get("first")), Number(searchParams.get("last"))];
      const file = await store.get(path, request.signal, searchParams.has("last") ? { first, last } : undefined);
      return new Response(file.body, {
        headers: { ...headers(), "X-Type": file.mimeType ?? "", "X-Size": String(file.size) },
      });
    } catch (error) {
      if (error instanceof AttachmentError)
        return Response.json({ permanent: error.permanent, error: error.message }, { status: 400 });
      throw error;
    }
  },
};
