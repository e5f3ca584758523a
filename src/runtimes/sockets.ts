/** `cloudflare:sockets` for Bun, Deno and Node: the same `connect`, over node:net and node:tls, with a TLS policy. */
import net from "node:net";
import tls from "node:tls";

export interface SocketAddress {
  hostname: string;
  port: number;
}

export interface SocketOptions {
  /** `off` and `starttls` open a plain connection, `on` one that speaks TLS from its first byte. */
  secureTransport?: "off" | "on" | "starttls";
  allowHalfOpen?: boolean;
}

/** Whom to trust. workerd leaves no such choice: it verifies against public roots. */
export interface TlsPolicy {
  /** Default: true. */
  verify?: boolean | undefined;
  /** PEM certificates to trust instead of the public roots. */
  ca?: string | undefined;
}

export interface SocketInfo {
  remoteAddress?: string | undefined;
}

/** No connection attempt and no TLS handshake outlives this, whatever its owner does. */
const ATTEMPT_TIMEOUT_MS = 120_000;

/** How far to read ahead of the reader before the peer is slowed down. */
const READ_AHEAD_BYTES = 64 * 1024;

export function connect(address: SocketAddress, options: SocketOptions = {}): Socket {
  const target = { host: address.hostname, port: address.port };
  if (options.secureTransport === "on") return new Socket(tls.connect(tlsOptions(address, {}, target)), address);
  return new Socket(net.connect({ ...target, allowHalfOpen: options.allowHalfOpen ?? false }), address);
}

function tlsOptions(
  address: SocketAddress,
  policy: TlsPolicy,
  transport: tls.ConnectionOptions,
): tls.ConnectionOptions {
  const options: tls.ConnectionOptions = {
    ...transport,
    host: address.hostname, // the name or the address that the certificate must carry
    rejectUnauthorized: policy.verify ?? true,
  };
  if (policy.ca !== undefined) options.ca = policy.ca;
  // RFC 6066 3: the server name in the handshake is never an IP address.
  if (net.isIP(address.hostname) === 0) options.servername = address.hostname;
  return options;
}

export class Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Settles when the connection, with its TLS if it has one, stands or has failed. */
  readonly opened: Promise<SocketInfo>;
  /** Resolves when the connection is gone; rejects with what broke it. */
  readonly closed: Promise<void>;
  /** `startTls` takes a TlsPolicy; the socket of workerd does not and does not say so. */
  readonly takesTlsPolicy = true;

  readonly #raw: net.Socket;
  readonly #address: SocketAddress;
  readonly #opening = deferred<SocketInfo>();
  readonly #closing = deferred<void>();
  readonly #attempt: ReturnType<typeof setTimeout>;
  #incoming: ReadableStreamDefaultController<Uint8Array> | undefined;
  #outgoing: WritableStreamDefaultController | undefined;
  /** The write that waits for the peer to take what was written before. */
  #blocked: Deferred<void> | undefined;

  constructor(raw: net.Socket, address: SocketAddress) {
    raw.setNoDelay(true);
    this.#raw = raw;
    this.#address = address;
    this.opened = this.#opening.promise;
    this.closed = this.#closing.promise;
    this.#attempt = setTimeout(() => raw.destroy(fault("ETIMEDOUT", "connection timed out")), ATTEMPT_TIMEOUT_MS);
    this.#listen();
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#incoming = controller;
        },
        pull: () => void raw.resume(),
        cancel: () => void raw.destroy(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD_BYTES }),
    );
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#outgoing = controller;
      },
      write: (chunk) => this.#write(chunk),
      close: () => void raw.end(),
      abort: () => void raw.destroy(),
    });
  }

  /** Ends the connection at once; what the peer has not taken yet is dropped. */
  async close(): Promise<void> {
    this.#raw.destroy();
  }

  /** A new socket that speaks TLS on this connection; this one is done. What it has read stays with it (CVE-2011-0411). */
  startTls(policy: TlsPolicy = {}): Socket {
    const raw = this.#raw;
    this.#ignore();
    raw.pause();
    this.#settle();
    const secured = tls.connect(tlsOptions(this.#address, policy, { socket: raw }));
    raw.on("error", (error) => secured.destroy(error));
    return new Socket(secured, this.#address);
  }

  #listen(): void {
    this.#raw
      .on(this.#openEvent, this.#onOpen)
      .on("data", this.#onData)
      .on("drain", this.#onDrain)
      .on("end", this.#onEnd)
      .on("error", this.#settle)
      .on("close", this.#onClose);
  }

  #ignore(): void {
    this.#raw
      .off(this.#openEvent, this.#onOpen)
      .off("data", this.#onData)
      .off("drain", this.#onDrain)
      .off("end", this.#onEnd)
      .off("error", this.#settle)
      .off("close", this.#onClose);
  }

  get #openEvent(): "connect" | "secureConnect" {
    return this.#raw instanceof tls.TLSSocket ? "secureConnect" : "connect";
  }

  readonly #onOpen = (): void => {
    clearTimeout(this.#attempt);
    this.#opening.resolve({ remoteAddress: this.#raw.remoteAddress });
  };

  readonly #onData = (chunk: Uint8Array): void => {
    this.#incoming?.enqueue(chunk);
    if ((this.#incoming?.desiredSize ?? 0) <= 0) this.#raw.pause();
  };

  readonly #onDrain = (): void => this.#blocked?.resolve();

  readonly #onEnd = (): void => {
    this.#incoming?.close();
    this.#incoming = undefined;
  };

  readonly #onClose = (): void => this.#settle();

  /** The connection is over, by `error` or in peace: whoever still waits for something of it is told. */
  readonly #settle = (error?: Error): void => {
    const gone = error ?? fault("ECONNRESET", "connection closed"); // some runtimes show a broken handshake as a mere close
    clearTimeout(this.#attempt);
    if (error) this.#incoming?.error(error);
    else this.#incoming?.close();
    this.#incoming = undefined;
    this.#outgoing?.error(gone);
    this.#blocked?.reject(gone);
    this.#opening.reject(gone);
    if (error) this.#closing.reject(error);
    else this.#closing.resolve();
  };

  #write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#raw.write(chunk)) return undefined;
    this.#blocked = deferred();
    return this.#blocked.promise;
  }
}

function fault(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A promise settled from outside, which nobody is obliged to watch: its failure is never an unhandled one. */
function deferred<T>(): Deferred<T> {
  let resolve!: Deferred<T>["resolve"];
  let reject!: Deferred<T>["reject"];
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
