/**
 * Looks at an instance from the outside in, one check after the other, and changes nothing:
 * 1. settings, database and key: without them the rest cannot be looked at, so what fails there is always told
 * 2. the machine: process, ports, disk
 * 3. what the database knows: accounts, endpoints, webhooks, mailboxes, queue, domains, and the clocks met on the way
 */
import type { Attention } from "../../api/attention-words.ts";
import { asConfig, type Found } from "../../config.ts";
import type { Database } from "../../db/database.ts";
import { reason } from "../../errors.ts";
import type { Vault } from "../../security/vault.ts";
import type { Instance } from "../home.ts";
import { running } from "../run-record.ts";
import type { Settings } from "../settings.ts";
import { findForServe, findHere } from "../settings-found.ts";
import { checkAccounts } from "./accounts.ts";
import { readAttention } from "./attention.ts";
import { checkClock } from "./clock.ts";
import { checkDatabase, pendingOf } from "./database.ts";
import { checkDisk } from "./disk.ts";
import { checkDomains } from "./domains.ts";
import { checkEndpoints, checkWebhooks } from "./endpoints.ts";
import { about, type Check, type Finding, failed, skipped, type Told } from "./finding.ts";
import { checkKey, openKey } from "./key.ts";
import { checkMailboxes } from "./mailboxes.ts";
import type { Machine, Wishes } from "./patient.ts";
import { checkPorts } from "./ports.ts";
import { checkProcess } from "./process.ts";
import { checkQueue } from "./queue.ts";
import { checkSettings } from "./settings.ts";
import { openStore, type Store } from "./store.ts";

export interface Subject {
  instance: Instance;
  isServe: boolean;
  wishes: Wishes;
}

const OF_MACHINE = [
  ["process", checkProcess],
  ["ports", checkPorts],
  ["disk", checkDisk],
] as const;

const OF_DATA = [
  ["accounts", checkAccounts],
  ["endpoints", checkEndpoints],
  ["webhooks", checkWebhooks],
  ["mailboxes", checkMailboxes],
  ["queue", checkQueue],
  ["domains", checkDomains],
  ["clock", checkClock],
] as const;

export async function* examine(subject: Subject): AsyncGenerator<Finding> {
  const { only } = subject.wishes;
  for await (const finding of everything(subject)) {
    if (only.includes(finding.check) || (finding.state === "failed" && isFoundation(finding.check))) yield finding;
  }
}

function isFoundation(check: Check): boolean {
  return check === "settings" || check === "database" || check === "key";
}

async function* everything(subject: Subject): AsyncGenerator<Finding> {
  let machine: Machine;
  try {
    machine = machineOf(subject);
  } catch (error) {
    yield { check: "settings", ...about("settings", failed(reason(error), "put it right where it is set")) };
    return yield* unexamined(subject.wishes, "the settings must be right first");
  }
  yield* told("settings", checkSettings(machine));
  const store = await openStore(machine.settings, machine.wishes.timeoutMs);
  try {
    yield* withStore(machine, store);
  } finally {
    if (store.kind === "open") store.db.client.close();
  }
}

async function* withStore(machine: Machine, store: Store): AsyncGenerator<Finding> {
  const { wishes } = machine;
  yield* told("database", checkDatabase(machine, store));
  const vault = yield* told("key", checkKey(machine, await openKey(machine), store));
  for (const [check, run] of OF_MACHINE) if (wishes.only.includes(check)) yield* told(check, run(machine));
  if (store.kind !== "open") return yield* unexamined(wishes, "the database must be there first");
  if (pendingOf(store.applied).length > 0)
    return yield* unexamined(wishes, "the database must be brought up to date first");
  const wanted = OF_DATA.filter(([check]) => wishes.only.includes(check));
  if (wanted.length === 0) return;
  const looked = await attentionFor(machine, store.db, vault);
  if ("check" in looked) yield looked;
  const attention = "check" in looked ? [] : looked;
  for (const [check, run] of wanted) yield* told(check, run({ ...machine, db: store.db, vault, attention }));
}

/** What needs somebody, or why that cannot be known: every check that leans on it tells what it finds all the same. */
async function attentionFor(machine: Machine, db: Database, vault: Vault | undefined): Promise<Attention[] | Finding> {
  const { settings, record, wishes, now } = machine;
  const sends = record !== undefined && settings.schedulerActive;
  try {
    return await readAttention({ db, vault, tenantId: wishes.tenantId, sends, now: now() });
  } catch (error) {
    return unlooked("queue", error);
  }
}

/** What a check tells; that it could not be made is a finding too. Answers what the check answers. */
async function* told<T>(
  check: Check,
  made: AsyncGenerator<Told, T> | Generator<Told, T>,
): AsyncGenerator<Finding, T | undefined> {
  try {
    for (;;) {
      const { done, value } = await made.next();
      if (done) return value;
      yield { check, ...value };
    }
  } catch (error) {
    yield unlooked(check, error);
    return undefined;
  }
}

function unlooked(check: Check, error: unknown): Finding {
  const advice = "mend that, and look again; where it makes no sense, it is worth a bug report";
  return { check, ...about(check, failed(`could not be looked at: ${reason(error)}`, advice)) };
}

function* unexamined({ only }: Wishes, why: string): Generator<Finding> {
  for (const [check] of OF_DATA) if (only.includes(check)) yield { check, ...about(check, skipped(why)) };
}

function machineOf({ instance, isServe, wishes }: Subject): Machine {
  const found: Found[] = isServe ? findForServe(instance, process.env) : findHere(instance, process.env);
  return {
    ...{ instance, isServe, wishes, found },
    command: `mail-proxy ${instance.name}`,
    settings: asConfig(found) as Settings, // `found` always names a database
    record: running(instance),
    now: Date.now,
    clocks: [],
  };
}
