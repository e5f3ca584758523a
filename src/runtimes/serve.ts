/** Serves HTTP on whichever runtime this is. */
import type { Fetch, HttpServer, ListenOptions } from "./http-server.ts";

/** Throws ListenError. */
export async function serve(fetch: Fetch, options: ListenOptions): Promise<HttpServer> {
  return (await native()).serve(fetch, options);
}

/** Loaded when it is wanted: what the other two need would only cost time here. */
function native() {
  if ("Bun" in globalThis) return import("./bun.ts");
  if ("Deno" in globalThis) return import("./deno.ts");
  return import("./node.ts");
}
