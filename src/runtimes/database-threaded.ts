/** A libSQL file that another thread works on (Bun): this side of the two. */
import { LibsqlError, type TransactionMode } from "@libsql/client";
import type { Executor, FileOptions, Step, StepResult } from "./embedded.ts";
import { type Answer, asError, encodeTask, type Task } from "./thread-protocol.ts";

interface Waiting {
  resolve(results: StepResult[]): void;
  reject(error: unknown): void;
}

type Errand = Task extends infer T ? (T extends unknown ? Omit<T, "id"> : never) : never;

export class ThreadedFile implements Executor {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #gone: LibsqlError | undefined;

  private constructor(thread: Worker) {
    this.#thread = thread;
    thread.onmessage = ({ data }: MessageEvent<string>) => this.#hear(JSON.parse(data) as Answer);
    thread.onerror = ({ message }) =>
      this.#end(new LibsqlError(`the database thread failed: ${message}`, "THREAD_FAILED"));
  }

  /** Throws LibsqlError. */
  static async open(options: FileOptions): Promise<ThreadedFile> {
    const file = new ThreadedFile(new Worker(new URL("./database-thread.ts", import.meta.url).href));
    await file.#ask({ open: options });
    return file;
  }

  run(steps: Step[], mode?: TransactionMode): Promise<StepResult[]> {
    return this.#ask({ steps, mode });
  }

  close(): void {
    if (this.#gone !== undefined) return;
    const closed = this.#ask({ close: true }).finally(() => this.#thread.terminate());
    closed.catch(() => undefined); // it was gone before
    this.#gone = new LibsqlError("the database is closed", "CLIENT_CLOSED");
  }

  #ask(errand: Errand): Promise<StepResult[]> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    this.#last += 1;
    const id = this.#last;
    const answered = new Promise<StepResult[]>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    for (const text of encodeTask({ id, ...errand })) this.#thread.postMessage(text);
    return answered;
  }

  #hear({ id, results, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(results ?? []);
    else waiting?.reject(asError(failure));
  }

  #end(error: LibsqlError): void {
    this.#gone = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
