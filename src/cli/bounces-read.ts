/** The command that takes in a mail that came back, from a file or from a mail server's pipe: `mail-proxy NAME bounces read`. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { Command } from "commander";
import * as v from "valibot";
import { BounceRead } from "../api/schemas/answers-bounces.ts";
import { MOST_READ_BYTES } from "../bounces/notice.ts";
import { reason } from "../errors.ts";
import { withApi } from "./api-call.ts";
import { required } from "./ask.ts";
import { describe } from "./describe.ts";
import { Failure, NotNow, UsageError } from "./exit.ts";
import type { Instance } from "./home.ts";
import { print, printJson } from "./output.ts";
import { visible } from "./terminal.ts";
import { wake } from "./wake.ts";

interface ReadOptions {
  recipient?: string;
  json?: boolean;
}

export function addBouncesRead(bounces: Command, instance: Instance): void {
  bounces
    .command("read [file]")
    .description(
      "take in a mail that came back, from a file (.eml) or with - from standard input, as a mail server pipes it",
    )
    .option("--recipient <address>", "whom its envelope names, where that is known")
    .option("--json", "as JSON")
    .action(async (given: string | undefined, { recipient, json }: ReadOptions) => {
      const file = await required(given, "the file", "File with the mail (.eml)");
      const mail = await readMail(file);
      const received = await taken(instance, mail, recipient);
      if (received.events.some(({ repeated }) => !repeated)) await wake(instance);
      if (json) printJson(received);
      else print(told(received));
    });
}

/** Whether these words are a mail server's, which keeps the mail where an instance is missing: its disk may not be mounted yet. */
export function isHandedOver(words: readonly string[]): boolean {
  return words[0] === "bounces" && words[1] === "read";
}

/** As much of it as is ever read. */
async function readMail(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await (file === "-" ? buffer(process.stdin) : readFile(file)).catch((cause: unknown) => {
    throw new Failure(`cannot read ${file}: ${reason(cause)}`, { cause });
  });
  return new Uint8Array(bytes.subarray(0, MOST_READ_BYTES));
}

/** What went wrong is likely to be over soon, such as a database that is away: the mail server keeps the mail, and tries again. */
async function taken(instance: Instance, mail: Uint8Array<ArrayBuffer>, recipient: string | undefined) {
  try {
    return await withApi(instance, async (call) =>
      v.parse(BounceRead, await call("POST", "/bounces", { query: { recipient }, mail })),
    );
  } catch (cause) {
    throw cause instanceof UsageError ? cause : new NotNow(describe(cause), { cause });
  }
}

function told({ kind, events, ignored }: v.InferOutput<typeof BounceRead>): string {
  const lines = [
    ...events.map(({ tenant_id, id, event, recipient, repeated }) =>
      [`${event} of ${id} of ${tenant_id}`, recipient && `for ${recipient}`, repeated && "(known already)"]
        .filter(Boolean)
        .join(" "),
    ),
    ...ignored.map(({ recipient, reason }) => `nothing${recipient === null ? "" : ` for ${recipient}`}: ${reason}`),
  ];
  return visible(`${kind}: ${lines.join("; ") || "nothing in it"}`);
}
