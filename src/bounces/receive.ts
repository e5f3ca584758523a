/**
 * Takes in a mail that came back, from wherever, and writes down what it says of messages that went out.
 *
 * 1. read      what the mail claims, whatever it is (read/)
 * 2. gather    the messages that it names, and the mark of the address that it came to (receive-evidence.ts)
 * 3. judge     which message and which recipient are meant, and whether to believe it (receive-judge.ts)
 * 4. record    what was not heard before (record.ts); its tenants are reported to
 * 5. log       a line for every mail
 */
import type { InStatement } from "@libsql/client";
import type { Config } from "../config.ts";
import { type Database, json } from "../db/database.ts";
import type { Vault } from "../security/vault.ts";
import { Marks } from "./mark.ts";
import type { Notice } from "./notice.ts";
import { readNotice } from "./read/index.ts";
import { gatherEvidence } from "./receive-evidence.ts";
import { type Believed, type Ignored, judge } from "./receive-judge.ts";
import { type Heard, logReceived } from "./receive-log.ts";
import { record } from "./record.ts";

export interface Arrived {
  raw: Uint8Array;
  /** Of the envelope, where it is known. */
  recipient?: string | undefined;
  /** Only this tenant's messages are meant; undefined: anybody's. */
  tenantId?: string | undefined;
  way: "http" | "imap" | "email" | "cli";
}

export interface Received {
  kind: Notice["kind"];
  events: Heard[];
  /** What nothing came of, and why, for whoever brought the mail. */
  ignored: { recipient: string | null; reason: string }[];
}

export interface ReceiverOptions {
  db: Database;
  vault: Vault;
  config: Pick<Config, "suppressionSeconds">;
  now(): number;
  /** A tenant has something new to be told. */
  report(tenantId: string): void;
}

const END_WAITS = "delete from pec_waits where message in (select value from json_each(:seqs))";

export class Receiver {
  readonly #on: ReceiverOptions;
  readonly #marks: Marks;

  constructor(options: ReceiverOptions) {
    this.#on = options;
    this.#marks = new Marks(options.vault);
  }

  /** Throws what the database throws, and nothing else: a mail may be whatever it is. */
  async receive(mail: Arrived): Promise<Received> {
    const { db, config, report } = this.#on;
    const notice = await readNotice(mail.raw);
    const evidence = await gatherEvidence(db, this.#marks, notice, mail);
    const now = this.#on.now();
    const { suppressionSeconds } = config;
    const suppressUntil = suppressionSeconds === 0 ? null : now + suppressionSeconds * 1000;
    const { believed, ignored } = judge(notice, { ...evidence, tenantId: mail.tenantId, suppressUntil });
    const entries = believed.map(({ entry }) => entry);
    const isNew = await record(db, entries, now, waitsEnded(believed));
    const events = believed.map((one, at) => heard(one, isNew[at] === true));
    const news = events.filter(({ repeated }) => !repeated);
    for (const tenantId of new Set(news.map((one) => one.tenantId))) report(tenantId);
    const messages = believed.map(({ message }) => message);
    logReceived(mail.way, notice, { events, messages, ignored });
    return { kind: notice.kind, events, ignored: ignored.map(told) };
  }
}

/** Any receipt of certified mail, also one that was heard of before, is what it waits for. */
function waitsEnded(believed: readonly Believed[]): InStatement[] {
  const receipts = believed.filter(({ entry }) => entry.type.startsWith("pec_"));
  if (receipts.length === 0) return [];
  return [{ sql: END_WAITS, args: { seqs: json(receipts.map(({ message }) => message.seq)) } }];
}

/** Who brought it need not know that another tenant has such a message. */
function told({ recipient, why }: Ignored): Received["ignored"][number] {
  return { recipient, reason: why === "foreign" ? "no such message" : why };
}

function heard({ entry: { tenantId, pk, type }, message: { id }, recipient }: Believed, isNew: boolean): Heard {
  return { tenantId, id, pk, type, recipient, repeated: !isNew };
}
