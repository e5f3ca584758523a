/** A libSQL file that another thread works on: this side of the two. */
import { LibsqlError, type TransactionMode } from "@libsql/client/http";
import type { Executor, FileOptions, Step, StepResult } from "./embedded.ts";
import { startThread, type Thread } from "./thread.ts";
import { type Answer, asError, encodeTask, type Task } from "./thread-protocol.ts";

/** Where the other side lies: beside this file, or built beside the program that this file became a part of. */
const THREAD = import.meta.url.endsWith(".mjs") ? "./database-thread.mjs" : "./database-thread.ts";

interface Waiting {
  resolve(results: StepResult[]): void;
  reject(error: unknown): void;
}

type Errand = Task extends infer T ? (T extends unknown ? Omit<T, "id"> : never) : never;

export class ThreadedFile implements Executor {
  readonly #options: FileOptions;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Thread | undefined;
  #last = 0;
  #closed = false;

  private constructor(options: FileOptions) {
    this.#options = options;
  }

  /** Throws LibsqlError. */
  static async open(options: FileOptions): Promise<ThreadedFile> {
    const file = new ThreadedFile(options);
    await file.#start();
    return file;
  }

  run(steps: Step[], mode?: TransactionMode): Promise<StepResult[]> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#thread === undefined) this.#start().catch(() => undefined); // the call that follows fails for the same reason
    return this.#ask({ steps, mode });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const end = () => this.#end(closed());
    if (this.#thread !== undefined) this.#ask({ close: true }).then(end, end);
  }

  /** Calls may follow at once: the thread takes them in turn. */
  #start(): Promise<StepResult[]> {
    this.#thread = startThread(new URL(THREAD, import.meta.url), {
      hear: (text) => this.#hear(JSON.parse(text) as Answer),
      // Whoever waits is told, and the next call begins another thread.
      fail: (why) => this.#end(new LibsqlError(`the database thread failed: ${why}`, "THREAD_FAILED")),
    });
    return this.#ask({ open: this.#options });
  }

  #ask(errand: Errand): Promise<StepResult[]> {
    this.#last += 1;
    const id = this.#last;
    const answered = new Promise<StepResult[]>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    for (const text of encodeTask({ id, ...errand })) this.#thread?.post(text);
    return answered;
  }

  #hear({ id, results, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(results ?? []);
    else waiting?.reject(asError(failure));
  }

  #end(error: LibsqlError): void {
    this.#thread?.end();
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function closed(): LibsqlError {
  return new LibsqlError("the database is closed", "CLIENT_CLOSED");
}
