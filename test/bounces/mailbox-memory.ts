/** A mailbox held in memory, as the port gives it out, and the readers of one or more processes over one database. */
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { MailboxFault } from "../../src/bounces/mailbox-fault.ts";
import { readConfig } from "../../src/config.ts";
import type { Database } from "../../src/db/database.ts";
import { Mailboxes } from "../../src/dispatch/mailboxes.ts";
import type { Mailbox, MailboxAddress, MailboxMail, OpenMailbox } from "../../src/ports.ts";
import { generateKey, openVault, type Vault } from "../../src/security/vault.ts";
import { updateInstance } from "../../src/tenancy/instance.ts";
import { testDatabase } from "../support/database.ts";

export const T0 = 1_800_000_000_000;
const DAY = 24 * 3_600_000;

interface Kept {
  text: string;
  arrivedAt: number;
}

export class MemoryMailbox {
  uidValidity = "1";
  /** Whether it says which number comes next. */
  namesNext = true;
  readonly mails = new Map<number, Kept>();
  /** Why it cannot be opened. */
  fault: string | undefined;
  /** Breaks the connection when this mail is to be fetched. */
  brokenAt: number | undefined;
  /** What the server has and does not hand out. */
  readonly refused = new Set<number>();
  /** How it was reached, attempt by attempt. */
  readonly attempts: MailboxAddress[] = [];
  /** Connections that are open. */
  connections = 0;
  /** At once, so far. */
  mostConnections = 0;
  /** Its server takes this long to greet. */
  greetingMs = 0;
  /** How many mails each fetch asked for. */
  readonly pages: number[] = [];
  readonly #listeners = new Set<() => void>();
  #lastUid = 0;

  add(text: string, arrivedAt = T0): number {
    this.#lastUid += 1;
    this.mails.set(this.#lastUid, { text, arrivedAt });
    for (const tell of this.#listeners) tell();
    return this.#lastUid;
  }

  /** Everything numbered anew. */
  renumber(): void {
    const kept = [...this.mails.values()];
    this.uidValidity = String(Number(this.uidValidity) + 1);
    this.mails.clear();
    this.#lastUid = 0;
    for (const { text, arrivedAt } of kept) this.add(text, arrivedAt);
  }

  readonly open: OpenMailbox = async (address, signal) => {
    this.attempts.push(address);
    if (this.fault !== undefined) throw new MailboxFault(this.fault);
    this.connections += 1;
    this.mostConnections = Math.max(this.mostConnections, this.connections);
    if (this.greetingMs > 0) await sleep(this.greetingMs);
    return this.#opened(signal);
  };

  #opened(cut: AbortSignal): Mailbox {
    const { mails, uidValidity, pages, refused } = this;
    const check = () => {
      if (cut.aborted) throw new MailboxFault("the connection was lost");
    };
    const numbers = (after: number, since = 0) =>
      [...mails].filter(([uid, { arrivedAt }]) => uid > after && arrivedAt >= since).map(([uid]) => uid);
    const broken = () => this.brokenAt;
    async function* fetch(uids: readonly number[]): AsyncGenerator<MailboxMail> {
      pages.push(uids.length);
      for (const uid of uids) {
        check();
        if (uid === broken()) throw new MailboxFault("the connection was lost");
        const mail = mails.get(uid);
        if (refused.has(uid)) yield { uid, refused: "internal error" };
        else if (mail !== undefined) yield { uid, raw: new TextEncoder().encode(mail.text) };
      }
    }
    return {
      uidValidity,
      uidNext: this.namesNext ? this.#lastUid + 1 : undefined,
      list: async (after, since) => {
        check();
        return numbers(after, since);
      },
      fetch,
      wait: (_, signal) =>
        new Promise((resolve, reject) => {
          const tell = () => {
            this.#listeners.delete(tell);
            if (cut.aborted) reject(new MailboxFault("the connection was lost"));
            else resolve();
          };
          if (cut.aborted) return tell();
          this.#listeners.add(tell);
          signal.addEventListener("abort", tell);
          cut.addEventListener("abort", tell);
        }),
      close: async () => {
        this.connections -= 1;
      },
    };
  }
}

export interface World {
  db: Database;
  vault: Vault;
  mailbox: MemoryMailbox;
  /** What was received, in order. */
  received: string[];
  clock: { now: number };
}

/** A database whose instance has this mailbox; retention is a week. */
export async function world(): Promise<World> {
  const db = await testDatabase();
  const vault = await openVault(generateKey());
  const settings = {
    bounce_imap_host: "imap.example.com",
    bounce_imap_user: "bounces",
    bounce_imap_password: "secret",
  };
  await updateInstance(db, vault, { bounce_enabled: true, ...settings }, T0);
  return { db, vault, mailbox: new MemoryMailbox(), received: [], clock: { now: T0 + DAY } };
}

export type Receive = (text: string, tenantId: string | null) => Promise<unknown>;

/** The readers of a process; it reads only when it is told to, unless `settings` say otherwise. */
export function processOf(
  { db, vault, mailbox, received, clock }: World,
  settings: Record<string, string> = {},
  receive: Receive = async () => undefined,
): Mailboxes {
  const named = Object.entries({ TEST_MODE: "true", ...settings }).map(([name, value]) => [
    `MAIL_PROXY_${name}`,
    value,
  ]);
  const mailboxes = new Mailboxes({
    config: readConfig(Object.fromEntries(named)),
    ports: { now: () => clock.now, openMailbox: mailbox.open },
    ...{ db, vault },
    receive: async (raw, tenantId) => {
      const text = new TextDecoder().decode(raw);
      await receive(text, tenantId);
      received.push(text);
    },
  });
  onTestFinished(() => mailboxes.stop(1_000));
  return mailboxes;
}
