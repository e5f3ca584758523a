/** Serves HTTP on Deno. */
import { getLogger } from "@logtape/logtape";
import { endsWithin } from "../dispatch/deadline.ts";
import { reason } from "../errors.ts";
import {
  asHttpServer,
  bodiless,
  type Fetch,
  type HttpServer,
  ListenError,
  type ListenOptions,
  limited,
  named,
} from "./http-server.ts";

/** What is used of Deno here; its own types would contradict Bun's. */
declare const Deno: {
  serve(options: DenoServeOptions, handler: DenoHandler): DenoServer;
};

interface DenoServeOptions {
  hostname: string;
  port: number;
  /** Cuts off whatever is under way; not after a shutdown, which it would break. */
  signal: AbortSignal;
  onListen(): void;
}

type DenoHandler = (request: Request, info: { completed: Promise<void> }) => Response | Promise<Response>;

interface DenoServer {
  addr: { port: number };
  /** Rejects where a connection could not be taken, as for want of file descriptors; nobody listens any more then. */
  finished: Promise<void>;
  /** Writes what has been answered. A body that is still being read breaks off. */
  shutdown(): Promise<void>;
}

const log = getLogger(["mail-proxy", "http"]);

/** Until connections have gone that are too many. */
const RELISTEN_MS = 100;

/** Throws ListenError. */
export function serve(fetch: Fetch, options: ListenOptions): HttpServer {
  const answer = named(bodiless(limited(fetch, options.maxBodyBytes)));
  const cutOff = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  let isStopping = false;
  const handler: DenoHandler = (request, { completed }) => {
    if (isStopping) return new Response(null, { status: 503, headers: { Connection: "close" } });
    // It rejects where the client is gone.
    const over: Promise<unknown> = completed.catch(() => undefined).then(() => underWay.delete(over));
    underWay.add(over);
    return answer(request);
  };
  let server = listen(options, cutOff.signal, handler);
  const { port } = server.addr;
  const keepListening = async (error: unknown): Promise<void> => {
    log.error("no connection can be taken, trying again: {reason}", { reason: reason(error) });
    await new Promise((resolve) => setTimeout(resolve, RELISTEN_MS));
    if (isStopping) return;
    try {
      server = listen({ ...options, port }, cutOff.signal, handler);
    } catch (failure) {
      return keepListening(failure);
    }
    server.finished.catch(keepListening);
  };
  server.finished.catch(keepListening);
  return asHttpServer(options.host, port, async (graceMs) => {
    isStopping = true;
    const until = performance.now() + graceMs;
    if (await endsWithin(graceMs, Promise.all(underWay))) {
      await endsWithin(until - performance.now(), server.shutdown());
    } else {
      cutOff.abort();
      await server.finished;
    }
  });
}

function listen(options: ListenOptions, signal: AbortSignal, handler: DenoHandler): DenoServer {
  const { host: hostname, port } = options;
  try {
    // Deno would say on standard output where it listens.
    return Deno.serve({ hostname, port, signal, onListen: () => undefined }, handler);
  } catch (error) {
    throw new ListenError(options, error);
  }
}
