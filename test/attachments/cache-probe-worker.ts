/** The Worker's cache, reached over HTTP: `GET` looks, `PUT` keeps, `DELETE` drops; the path names the tenant and the MD5. */
import { createCache } from "../../src/attachments/cache-tiers.ts";
import { WorkerCache } from "../../src/runtimes/cache-worker.ts";
import { Subrequests } from "../../src/runtimes/worker-requests.ts";

/** One cache each invocation, as the service has it: what one remembers in memory, the next does not. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, tenantId = "", md5 = ""] = pathname.split("/");
    const requests = new Subrequests(Number(searchParams.get("requests") ?? 50));
    const contentStorage = new WorkerCache(Number(searchParams.get("ttl") ?? 60), requests);
    const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve));
    const settings = { cacheMemoryMaxMb: 8, cacheMemoryTtl: 60 };
    const cache = createCache(settings, { now: Date.now, nextTurn, contentStorage }).of(tenantId);
    if (request.method === "PUT") {
      await cache.put(md5, new Uint8Array(await request.arrayBuffer()));
      return Response.json({ left: requests.left });
    }
    // Twice: the second time it is in memory.
    const rooms: number[] = [];
    const room = async (bytes: number) => void rooms.push(bytes);
    const [first, second] = [await cache.get(md5, room), await cache.get(md5, room)];
    const headers = {
      "X-Requests-Left": String(requests.left),
      "X-Same": String(first === second),
      "X-Rooms": rooms.join(),
    };
    return first === undefined
      ? new Response(null, { status: 404, headers })
      : new Response(new Uint8Array(first), { headers });
  },
};
