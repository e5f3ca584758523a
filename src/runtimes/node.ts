/** Serves HTTP on Node. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { getLogger } from "@logtape/logtape";
import { reason } from "../errors.ts";
import {
  asHttpServer,
  bodiless,
  type Fetch,
  type HttpServer,
  IDLE_TIMEOUT_SECONDS,
  ListenError,
  type ListenOptions,
  limited,
  NOWHERE,
} from "./http-server.ts";

const log = getLogger(["mail-proxy", "http"]);

/** For a client to say what it wants; without one Node waits for ever where there is no `requestTimeout`. */
const HEADERS_TIMEOUT_MS = 60_000;

/** Throws ListenError. */
export async function serve(fetch: Fetch, options: ListenOptions): Promise<HttpServer> {
  const server = createServer(
    {
      // The application bounds how long a body may take, by its size.
      requestTimeout: 0,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_SECONDS * 1000,
    },
    getRequestListener(bodiless(limited(fetch, options.maxBodyBytes)), {
      errorHandler: (error) => answerFault(error, fetch),
    }),
  );
  const connections = new Connections(server);
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return asHttpServer(options.host, port, async (graceMs) => {
    const closed = once(server, "close");
    server.close();
    connections.closeWhenIdle();
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(deadline);
  });
}

async function listen(server: Server, options: ListenOptions): Promise<void> {
  try {
    server.listen(options.port, options.host);
    await once(server, "listening");
  } catch (error) {
    throw new ListenError(options, error);
  }
}

function answerFault(error: unknown, fetch: Fetch): Promise<Response> | Response {
  if (error instanceof RequestError) return fetch(new Request(NOWHERE));
  log.error("a request was not answered: {reason}", { reason: reason(error) });
  return new Response(null, { status: 500 });
}

/** The open connections; Node itself would wait for those on which nobody has asked for anything yet. */
class Connections {
  readonly #open = new Set<Socket>();
  readonly #underWay = new Set<ServerResponse<IncomingMessage>>();
  #isClosing = false;

  constructor(server: Server) {
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
    server.on("request", (_, response) => {
      this.#underWay.add(response);
      response.once("close", () => {
        this.#underWay.delete(response);
        if (this.#isClosing) this.#closeIdle();
      });
    });
  }

  /** Those with a request under way once it is answered. */
  closeWhenIdle(): void {
    this.#isClosing = true;
    this.#closeIdle();
  }

  #closeIdle(): void {
    const busy = new Set(Array.from(this.#underWay, ({ req }) => req.socket));
    for (const socket of this.#open) if (!busy.has(socket)) socket.destroySoon();
  }
}
