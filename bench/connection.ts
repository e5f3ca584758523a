/** One HTTP/1.1 keep-alive connection at the level of bytes: it must cost less than any server that it measures. */
import type { Socket } from "bun";

const STATUS_AT = "HTTP/1.1 ".length;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

export interface Answer {
  status: number;
  body: string;
}

export class Connection {
  readonly #socket: Socket<Connection>;
  #received = "";
  #unsent: Buffer | undefined;
  #settle: ((answer: Answer) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  private constructor(socket: Socket<Connection>) {
    this.#socket = socket;
  }

  static async open(port: number): Promise<Connection> {
    const socket = await Bun.connect<Connection>({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(socket) {
          socket.data = new Connection(socket);
          socket.setNoDelay(true);
        },
        data: ({ data }, chunk) => data.#receive(chunk),
        drain: ({ data }) => data.#flush(),
        close: ({ data }) => data.#closed(),
      },
    });
    return socket.data;
  }

  /** One request at a time; its bytes are not to change before the answer is in. */
  request(bytes: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
      this.#unsent = bytes;
      this.#flush();
    });
  }

  close(): void {
    this.#fail = undefined;
    this.#socket.end();
  }

  #closed(): void {
    this.#fail?.(new Error("the server closed the connection"));
  }

  #flush(): void {
    if (this.#unsent === undefined) return;
    const sent = this.#socket.write(this.#unsent);
    if (sent < 0) this.#closed();
    this.#unsent = sent >= 0 && sent < this.#unsent.length ? this.#unsent.subarray(sent) : undefined;
  }

  #receive(chunk: Buffer): void {
    this.#received += chunk.toString("latin1");
    const head = this.#received.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = Number(CONTENT_LENGTH.exec(this.#received)?.[1] ?? 0);
    const body = this.#received.slice(head + 4);
    if (body.length < length) return;
    const status = Number(this.#received.slice(STATUS_AT, STATUS_AT + 3));
    this.#received = "";
    this.#settle?.({ status, body });
  }
}
