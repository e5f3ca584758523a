/** An HTTP server with a route for each promise of `serve`, as a process of whichever runtime; SIGTERM stops it. */
import { serve } from "../../src/runtimes/serve.ts";

const { PORT = "0", GRACE_MS = "30000", MAX_BODY_BYTES } = process.env;

const state = { reading: 0, failed: 0 };
let release: () => void = () => undefined;
const released = new Promise<void>((resolve) => {
  release = resolve;
});

async function read(request: Request): Promise<object> {
  state.reading += 1;
  try {
    return { bytes: (await request.arrayBuffer()).byteLength };
  } catch (error) {
    state.failed += 1;
    return { error: String(error) };
  } finally {
    state.reading -= 1;
  }
}

const routes: Record<string, (request: Request) => object | Promise<object>> = {
  "GET /state": () => state,
  "POST /body": ({ body }) => ({ none: body === null }),
  "POST /read": read,
  // Answered without a look at the body, but not before it is released.
  "POST /hold": () => released.then(() => ({ held: true })),
  "POST /release": () => {
    release();
    return {};
  },
  "POST /late": () => new Response(null, { status: 408, headers: { Connection: "close" } }),
};

async function answer(request: Request): Promise<Response> {
  if (!request.url.startsWith("http")) return Response.json({ host: null }, { status: 400 });
  const said = await routes[`${request.method} ${new URL(request.url).pathname}`]?.(request);
  if (said === undefined) return new Response(null, { status: 404 });
  return said instanceof Response ? said : Response.json(said);
}

try {
  const { port, url, stop } = await serve(answer, {
    host: "127.0.0.1",
    port: Number(PORT),
    ...(MAX_BODY_BYTES !== undefined && { maxBodyBytes: Number(MAX_BODY_BYTES) }),
  });
  process.once("SIGTERM", () => stop(Number(GRACE_MS)).then(() => process.exit(0)));
  console.log(JSON.stringify({ port, url }));
} catch (error) {
  console.log(String(error));
  process.exit(1);
}
