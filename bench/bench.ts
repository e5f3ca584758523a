/** The ground that a line is measured on: how large the run is, a folder on disk, and the processes that were started. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./child.ts";

export interface BenchOptions {
  /** 1 is the measurement itself; less only tries out whether it runs. */
  scale: number;
  /** How often each side of a comparison runs. */
  rounds: number;
  /** A folder for CPU profiles of what is measured. */
  profile: string | undefined;
}

type Options = Record<string, string | number>;

export class Bench {
  readonly scale: number;
  readonly rounds: number;
  readonly folder = mkdtempSync(join(tmpdir(), "mail-proxy-bench-"));
  readonly #profile: string | undefined;
  readonly #children = new Set<Child>();
  #databases = 0;

  constructor({ scale, rounds, profile }: BenchOptions) {
    this.scale = scale;
    this.rounds = rounds;
    this.#profile = profile;
  }

  /** A number of messages at this run's scale, in whole hundreds (the larger batches). */
  count(full: number): number {
    return Math.max(Math.round((full * this.scale) / 100), 1) * 100;
  }

  /** The path of a database that is not there yet. */
  database(): string {
    return join(this.folder, `queue-${this.#databases++}.db`);
  }

  start(file: string, options?: Options): Child {
    return this.#keep(Child.start(file, options));
  }

  /** The process that the benchmark is about. */
  startMeasured(file: string, options?: Options): Child {
    const flags = this.#profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${this.#profile}`];
    return this.#keep(Child.start(file, options, flags));
  }

  /** Ends what is left of the processes, and removes what they wrote. */
  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.end()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #keep(child: Child): Child {
    this.#children.add(child);
    return child;
  }
}
