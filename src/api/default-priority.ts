/** The instance's default priority, remembered for a moment, so that taking a message in does not ask for it each time. */
import { readInstance } from "../tenancy/instance.ts";
import type { Service } from "./service.ts";

/** As long as another process's change may be unknown here. */
const MAX_AGE_MS = 1_000;

type Needed = Pick<Service, "db" | "vault" | "config" | "now">;

export class DefaultPriority {
  readonly #service: Needed;
  #read: { at: number; priority: Promise<number> } | undefined;

  constructor(service: Needed) {
    this.#service = service;
  }

  /** What PUT /instance stored wins over the setting. */
  get(): Promise<number> {
    const { now } = this.#service;
    if (this.#read === undefined || now() - this.#read.at >= MAX_AGE_MS) {
      const read = { at: now(), priority: this.#stored() };
      this.#read = read;
      read.priority.catch(() => {
        if (this.#read === read) this.#read = undefined;
      });
    }
    return this.#read.priority;
  }

  /** It was changed. */
  forget(): void {
    this.#read = undefined;
  }

  async #stored(): Promise<number> {
    const { db, vault, config } = this.#service;
    const { default_priority = config.defaultPriority } = await readInstance(db, vault);
    return default_priority;
  }
}
