/** HEAD tells how long the body is that GET sends; a server that is told nothing may say 0 for it, as Bun's does. */
import type { Context, Next } from "hono";
import type { Env } from "./env.ts";

/** What is longer is not read to its end for its length alone. */
const LONGEST_MEASURED = 1024 * 1024;

/** RFC 9110 8.6: no length but the one that GET would have. */
export async function answerHead(c: Context<Env>, next: Next): Promise<void> {
  await next();
  const { body, status, headers } = c.res;
  if (body === null || headers.has("Content-Length")) return;
  const length = await lengthOf(body);
  if (length !== undefined) headers.set("Content-Length", String(length));
  c.res = new Response(null, { status, headers });
}

async function lengthOf(body: ReadableStream<Uint8Array>): Promise<number | undefined> {
  let length = 0;
  // Leaving the loop early cancels the body: nothing more of it is made.
  for await (const piece of body) {
    length += piece.length;
    if (length > LONGEST_MEASURED) return undefined;
  }
  return length;
}
