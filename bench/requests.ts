/** The bytes of a request that adds messages, made once: from one use to the next only the ids in it change. */
import type { Connection } from "./connection.ts";
import { letter } from "./letters.ts";

const DIGITS = 12;
const FIRST_DIGIT = 0x30;

export interface Target {
  port: number;
  token: string;
  /** Messages in one request. */
  batch: number;
}

export class BatchRequest {
  readonly #bytes: Buffer;
  /** Where in the bytes the digits of the ids begin. */
  readonly #ids: number[] = [];
  readonly #answer: string;

  constructor({ port, token, batch }: Target) {
    this.#answer = `{"ok":true,"queued":${batch},"rejected":[]}`;
    const messages = Array.from({ length: batch }, (_, n) => ({ id: `m${"0".repeat(DIGITS)}`, ...letter(n) }));
    const body = JSON.stringify({ messages });
    const head = [
      "POST /commands/add-messages HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      `X-API-Token: ${token}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ];
    this.#bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
    const mark = `"id":"m`;
    for (let at = this.#bytes.indexOf(mark); at !== -1; at = this.#bytes.indexOf(mark, at + 1))
      this.#ids.push(at + mark.length);
  }

  /** Adds messages with the ids `first`, `first + 1` and so on; throws unless all of them are queued. */
  async send(connection: Connection, first: number): Promise<void> {
    this.#renumber(first);
    const { status, body } = await connection.request(this.#bytes);
    if (status !== 200 || body !== this.#answer)
      throw new Error(`the server answered ${status}: ${body.slice(0, 200)}`);
  }

  #renumber(first: number): void {
    let n = first;
    for (const at of this.#ids) {
      let left = n++;
      for (let digit = at + DIGITS - 1; digit >= at; digit--) {
        this.#bytes[digit] = FIRST_DIGIT + (left % 10);
        left = Math.floor(left / 10);
      }
    }
  }
}
