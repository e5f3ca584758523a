/**
 * A thread of this program that takes and gives strings: a web Worker, which Bun and Deno have, or else Node's own. On Bun
 * Node's would do as well, but a round trip to it takes a fifth longer (measured).
 */
import { Worker as NodeWorker, parentPort } from "node:worker_threads";
import { reason } from "../errors.ts";

export interface Thread {
  post(text: string): void;
  end(): void;
}

export interface Listener {
  hear(text: string): void;
  /** What was thrown there and not caught; the thread is over. */
  fail(why: string): void;
}

declare const self: Worker;

const HAS_WEB_WORKER = "Worker" in globalThis;

export function startThread(url: URL, { hear, fail }: Listener): Thread {
  if (HAS_WEB_WORKER) {
    const worker = new Worker(url.href, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<string>) => hear(data);
    worker.onerror = (event) => {
      event.preventDefault(); // Deno would end this thread with the other one
      fail(event.message);
    };
    return { post: (text) => worker.postMessage(text), end: () => worker.terminate() };
  }
  const worker = new NodeWorker(url).on("message", hear).on("error", (error) => fail(reason(error)));
  return { post: (text) => worker.postMessage(text), end: () => void worker.terminate() };
}

/** For the thread itself: what it hears goes to `hear`; answers how it speaks. */
export function listen(hear: (text: string) => void): Thread["post"] {
  if (parentPort !== null && !HAS_WEB_WORKER) {
    const port = parentPort.on("message", hear);
    return (text) => port.postMessage(text);
  }
  self.onmessage = ({ data }: MessageEvent<string>) => hear(data);
  return (text) => self.postMessage(text);
}
