/**
 * Answers that hold what messages say: each takes room in this process's memory, from before its content is read until it was
 * sent, so that many large ones at once are refused for a moment and do not end the process.
 */
import type { Context } from "hono";
import { presentedToken } from "./auth.ts";
import type { Door, Pass } from "./door.ts";
import type { Env } from "./env.ts";

/** Content is in memory as the database has it, as it is worked on, and as it is sent. */
const COPIES = 3;

/** Takes room for content of so many characters. Throws AppError (overloaded) where there is none. */
export type Room = (characters: number) => void;

/** `make` takes its room as soon as it knows how much it needs. */
export async function withRoom(
  c: Context<Env>,
  reading: Door,
  make: (room: Room) => Promise<Response>,
): Promise<Response> {
  const pass = reading.enter(presentedToken(c));
  try {
    const response = await make((characters) => pass.grow(COPIES * characters));
    return leavingWhenSent(response, pass);
  } catch (error) {
    pass.leave();
    throw error;
  }
}

function leavingWhenSent(response: Response, pass: Pass): Response {
  if (response.body === null) {
    pass.leave();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (value !== undefined) controller.enqueue(value);
      if (!done) return;
      pass.leave();
      controller.close();
    },
    async cancel(reason) {
      pass.leave();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}
