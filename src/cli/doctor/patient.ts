/** What every check works with: the settings in force, the open database, and what is wished of the examination. */
import type { Attention } from "../../api/attention-words.ts";
import type { Found } from "../../config.ts";
import type { Database } from "../../db/database.ts";
import type { Vault } from "../../security/vault.ts";
import type { Instance } from "../home.ts";
import type { RunRecord } from "../run-record.ts";
import type { Settings } from "../settings.ts";
import type { Check } from "./finding.ts";

export interface Wishes {
  only: readonly Check[];
  tenantId: string | undefined;
  /** How long one step may take: a connection, a question to a name server, the look through the file. */
  timeoutMs: number;
  /** Name servers to ask instead of this machine's. */
  dns: readonly string[];
  dkimSelectors: readonly string[];
  /** Call the endpoints (HEAD), instead of connecting alone. */
  calls: boolean;
}

/** What a clock that was met has said. */
export interface ClockReading {
  /** Who told it. */
  from: string;
  /** What the other clock said, and ours at that moment; Unix milliseconds. */
  theirs: number;
  ours: number;
}

/** The machine: what can be looked at without the database. */
export interface Machine {
  instance: Instance;
  /** Everything comes from the environment, as with `serve`. */
  isServe: boolean;
  /** What commands on this instance begin with. */
  command: string;
  found: readonly Found[];
  settings: Settings;
  /** The process that runs it on this machine. */
  record: RunRecord | undefined;
  wishes: Wishes;
  now(): number;
  /** Whoever told the time on the way; the last check compares them. */
  clocks: ClockReading[];
}

export interface Patient extends Machine {
  /** Opened for reading alone; its schema is one that this program knows. */
  db: Database;
  /** Undefined: there is no key that opens what is sealed. */
  vault: Vault | undefined;
  /** What the dashboard's first page would say needs somebody. */
  attention: readonly Attention[];
}
