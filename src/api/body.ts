/** What a request may carry: JSON in UTF-8, up to a size, and in time. */
import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import type { Incoming } from "./door.ts";
import type { Env } from "./env.ts";

const DIGITS = /^\d+$/;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** A body may take this long, and longer by its size: whoever sends slower than that holds memory for nothing. */
const LEAST_PATIENCE_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 64;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The length that the body announces (RFC 9112 6.3), 0 where there is none. */
export function announcedBytes(c: Context): number | undefined {
  const length = c.req.header("Content-Length");
  if (length !== undefined && DIGITS.test(length) && c.req.header("Transfer-Encoding") === undefined)
    return Number(length);
  return c.req.raw.body === null ? 0 : undefined;
}

export function bodyTooLarge(maxBodyBytes: number): AppError {
  return new AppError("payload_too_large", `the body is over ${maxBodyBytes} bytes`);
}

/** A body that is declared as JSON, or none at all, which stands for an empty object; as `payload` for the validators. */
export const jsonBody: MiddlewareHandler<Env> = async (c, next) => {
  if (c.get("incoming").announced === 0) {
    c.set("payload", {});
    return next();
  }
  const type = c.req.header("Content-Type");
  if (type === undefined || !JSON_TYPE.test(type)) {
    const given = type === undefined ? "no Content-Type" : "another Content-Type";
    throw new AppError(
      "unsupported_media_type",
      `the body must be JSON and say so: send Content-Type: application/json (it came with ${given})`,
    );
  }
  c.set("payload", parsed(await bodyText(c)));
  await next();
};

const NOTHING = /^(?:\{\s*\}|null)?$/;

/** For commands that read the query string alone: fields in a body would be ignored, and a suspension meant for one batch hit all. */
export const emptyBody: MiddlewareHandler<Env> = async (c, next) => {
  if (c.get("incoming").announced !== 0 && !NOTHING.test((await bodyText(c)).trim()))
    throw new AppError("validation_failed", "this command takes its fields from the query string, not from a body");
  await next();
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("bad_request", "the body is not JSON"); // without the parser's words, which repeat the body
  }
}

/** As `bodyBytes`. Throws AppError where it is not UTF-8, too. */
export async function bodyText(c: Context<Env>): Promise<string> {
  const bytes = await bodyBytes(c);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new AppError("bad_request", "the body is not UTF-8"); // RFC 8259 8.1
  }
}

/** The whole body, which is read once. Throws AppError where it is too large or too slow. */
export function bodyBytes(c: Context<Env>): Promise<Uint8Array<ArrayBuffer>> {
  return readBody(c, c.get("incoming"));
}

/** The same of a call that is none of the API's. */
export async function readBody(c: Context, incoming: Incoming): Promise<Uint8Array<ArrayBuffer>> {
  const { announced, maxBodyBytes } = incoming;
  const whole = async () => new Uint8Array(await c.req.raw.arrayBuffer());
  const reading = announced === undefined ? counted(c.req.raw, incoming) : whole();
  const patienceMs = LEAST_PATIENCE_MS + (announced ?? maxBodyBytes) / SLOWEST_BYTES_PER_MS;
  const bytes = await inTime(reading, patienceMs).catch((error: unknown) => {
    throw error instanceof AppError ? error : new AppError("bad_request", "the body broke off");
  });
  if (bytes === undefined) {
    c.header("Connection", "close"); // RFC 9110 15.5.9
    throw new AppError("request_timeout", "the body did not come in time");
  }
  return bytes;
}

/** A body of unknown length, which the door lets in piece by piece. */
async function counted({ body }: Request, { pass, maxBodyBytes }: Incoming): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the body: nothing more of it is read.
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > maxBodyBytes) throw bodyTooLarge(maxBodyBytes);
    pass.grow(piece.length);
    pieces.push(piece);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Undefined where it takes longer. */
async function inTime<T>(reading: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
