/** Envelope senders by the instance's `bounce_return_path`, as the last look at the queue found it. */
import { Marks, patternFault } from "../bounces/mark.ts";
import type { Claimed } from "../queue/message.ts";
import type { Vault } from "../security/vault.ts";
import type { AccountSettings } from "../tenancy/accounts.ts";
import { log } from "./log.ts";

export class ReturnPaths {
  readonly #marks: Marks;
  #stored: string | null = null;
  #pattern: string | undefined;

  constructor(vault: Vault) {
    this.#marks = new Marks(vault);
  }

  /** The setting as it is stored: JSON, or null where there is none. */
  heed(stored: string | null): void {
    if (stored === this.#stored) return;
    this.#stored = stored;
    this.#pattern = stored === null ? undefined : usable(String(JSON.parse(stored)));
  }

  /**
   * For a message that names none itself (letter.ts); undefined where nobody says where bounces are to go. Certified mail has
   * none but its sender's: its provider takes no other, and sends the receipts there.
   */
  async of({ pk }: Claimed, { isPecAccount }: Pick<AccountSettings, "isPecAccount">): Promise<string | undefined> {
    return this.#pattern === undefined || isPecAccount ? undefined : this.#marks.returnPath(this.#pattern, pk);
  }
}

/** One that an older version stored may be none: then mail goes out as if there were none. */
function usable(pattern: string): string | undefined {
  const fault = patternFault(pattern);
  if (fault === undefined) return pattern;
  log.error("bounce_return_path is not used: it {reason}", { reason: fault });
  return undefined;
}
