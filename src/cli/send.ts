/** The command that sends a mail as it stands in a file: `mail-proxy NAME TENANT send FILE.eml`. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Command } from "commander";
import { submit } from "../api/submit.ts";
import type { Core } from "../core.ts";
import { reason } from "../errors.ts";
import { AddressError } from "../mime/address.ts";
import { type RawMail, RawMailError, rawMail } from "../mime/raw.ts";
import { Intake } from "../queue/intake.ts";
import type { NewMessage } from "../queue/message.ts";
import { suspendedBatches, WHOLE_TENANT } from "../queue/suspend.ts";
import { Directory } from "../tenancy/directory.ts";
import { required } from "./ask.ts";
import type { WithTenant } from "./core.ts";
import { Failure, UsageError } from "./exit.ts";
import { addFlags, asNumber, checked, givenFields } from "./flags.ts";
import type { Instance } from "./home.ts";
import { newId } from "./new-id.ts";
import { print, printJson } from "./output.ts";
import { WISHES, Wishes } from "./send-wishes.ts";
import { wake } from "./wake.ts";

interface SendOptions {
  account?: string;
  priority?: string;
  from?: string;
  to?: string[];
  id?: string;
  deferred?: string;
  batch?: string;
  listUnsubscribe?: boolean;
  json?: boolean;
}

export function addSendCommand(program: Command, instance: Instance, tenantId: string, withTenant: WithTenant): void {
  const send = program
    .command("send [file]")
    .description("send a mail as it stands in a file (.eml), byte for byte, without its Bcc; - reads standard input")
    .option(
      "--from <address>",
      "the envelope's sender, <> is nobody; else its Return-Path or Sender, then bounce_return_path, then From",
    )
    .option("--to <address>", "a recipient, instead of those in To, Cc and Bcc; may be given several times", collected)
    .option("--json", "as JSON");
  addFlags(send, WISHES).action(async (given: string | undefined, options: SendOptions) => {
    checked(Wishes, await givenFields(send, WISHES), WISHES);
    const file = await required(given, "the file", "File with the mail (.eml)");
    const mail = await readMail(file, options);
    const { message, isHeld } = await withTenant((core) => store(core, tenantId, mail, options));
    const isDue = message.dueAt <= Date.now() && !isHeld;
    const server = isDue ? await wake(instance) : undefined;
    const { pk, id } = message;
    if (options.json) return printJson({ id, pk, recipients: message.recipients.map(({ address }) => address) });
    print(`${id} is queued for ${recipientsOf(message)}`);
    print(nextStep(instance, message, server));
  });
}

function collected(address: string, before: readonly string[] = []): string[] {
  return [...before, address];
}

async function readMail(file: string, { from, to }: SendOptions): Promise<RawMail> {
  const bytes = await (file === "-" ? buffer(process.stdin) : readFile(file)).catch((cause: unknown) => {
    throw new Failure(`cannot read ${file}: ${reason(cause)}`, { cause });
  });
  try {
    return rawMail(bytes, { from, to });
  } catch (cause) {
    if (cause instanceof RawMailError) throw new Failure(`${nameOf(file)} is no mail: ${cause.message}`, { cause });
    if (cause instanceof AddressError) throw new UsageError(cause.message);
    throw cause;
  }
}

function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}

interface Stored {
  message: NewMessage;
  /** Its tenant or its batch is suspended. */
  isHeld: boolean;
}

async function store(core: Core, tenantId: string, mail: RawMail, options: SendOptions): Promise<Stored> {
  const { config, db, ports } = core;
  const { now } = ports;
  const service = { config, db, directory: new Directory(db), intake: new Intake(db, now, nextTurn), now };
  const submitted = await submit(service, {
    mail,
    tenantId,
    id: options.id ?? newId(),
    accountId: options.account,
    priority: options.priority === undefined ? undefined : asNumber(options.priority),
    deferredTs: options.deferred,
    batchCode: options.batch,
    listUnsubscribe: options.listUnsubscribe,
  });
  if ("rejected" in submitted) throw new Failure(`it was not taken: ${submitted.rejected}`);
  const suspended = await suspendedBatches(db, tenantId);
  const isHeld = [WHOLE_TENANT, options.batch].some((batch) => batch !== undefined && suspended.includes(batch));
  return { message: submitted.message, isHeld };
}

/** So many are named; the others are counted. */
const NAMED = 3;

function recipientsOf({ recipients }: NewMessage): string {
  const named = recipients.slice(0, NAMED).map(({ address }) => address);
  const more = recipients.length - named.length;
  return named.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function nextStep(
  { name }: Instance,
  { tenantId, id, dueAt }: NewMessage,
  server: "woken" | "unheard" | "stopped" | undefined,
): string {
  const look = `mail-proxy ${name} ${tenantId} messages show ${id}`;
  if (dueAt > Date.now()) return `it goes out at ${new Date(dueAt).toISOString()}; see: ${look}`;
  if (server === undefined) return `it waits, since the tenant or the batch is suspended; see: ${look}`;
  if (server === "woken") return `it is on its way; see: ${look}`;
  if (server === "unheard") return `the running server finds it at its next look at the queue; see: ${look}`;
  return `it goes out once ${name} runs: mail-proxy start ${name}`;
}
