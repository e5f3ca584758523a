/** Whether the encryption key opens what is sealed in the database, and is its owner's alone; it is never made here. */
import { readFileSync } from "node:fs";
import { rows } from "../../db/database.ts";
import { reason } from "../../errors.ts";
import { openVault, type Vault } from "../../security/vault.ts";
import { KEY_PROBE, openKeyProbe } from "../../tenancy/key-check.ts";
import { fileOf } from "../home.ts";
import { SECRETS_FILE, withSecretFiles } from "../settings-found.ts";
import { about, failed, ok, type Told, type Verdict, warning } from "./finding.ts";
import type { Machine } from "./patient.ts";
import { checkPrivacy } from "./privacy.ts";
import type { Store } from "./store.ts";

export type Key = { vault: Vault; from: string } | { fault: string } | undefined;

/** The key as a start would find it; undefined where a start would make one. */
export async function openKey({ instance, found, settings }: Machine): Promise<Key> {
  const file = keyFile({ instance, found });
  try {
    const text = settings.encryptionKey ?? (file === undefined ? undefined : readFileSync(file, "utf8"));
    if (text === undefined) return undefined;
    const from = found.find(({ key }) => key === "encryptionKey")?.from;
    return { vault: await openVault(text), from: file ?? from ?? "" };
  } catch (error) {
    return { fault: file === undefined ? reason(error) : `${file}: ${reason(error)}` };
  }
}

/** Undefined where the key is no file's, or there is none. */
function keyFile({ instance, found }: Pick<Machine, "instance" | "found">): string | undefined {
  const setting = withSecretFiles(instance, found).find(({ key }) => key === "encryptionKey");
  return setting !== undefined && setting.value === setting.from ? setting.from : undefined;
}

const GIVE = "give the former one: MAIL_PROXY_ENCRYPTION_KEY, or its file in the instance folder, out of a backup";

/** Answers, with what it tells, the vault where the key is the right one. */
export async function* checkKey(machine: Machine, key: Key, store: Store): AsyncGenerator<Told, Vault | undefined> {
  const isRemote = !machine.settings.databaseUrl.startsWith("file:");
  const [probe] = store.kind === "open" && store.tables.includes("instance") ? await rows(store.db, KEY_PROBE) : [];
  if (key === undefined) {
    yield about("encryption key", missing(probe !== undefined, isRemote));
    return undefined;
  }
  if ("fault" in key) {
    yield about("encryption key", failed(key.fault, GIVE));
    return undefined;
  }
  yield* privacy(machine);
  if (probe === undefined) {
    yield about("encryption key", ok(`from ${key.from}; nothing is sealed with it yet`));
    return key.vault;
  }
  try {
    await openKeyProbe(key.vault, probe);
  } catch {
    // Whatever its words are: a key that opens nothing.
    yield about(
      "encryption key",
      failed(`the one from ${key.from} does not open what is sealed in the database`, GIVE),
    );
    return undefined;
  }
  yield about("encryption key", ok(`the one from ${key.from} opens what is sealed in the database`));
  return key.vault;
}

function missing(isSealed: boolean, isRemote: boolean): Verdict {
  if (isSealed) return failed("it is gone, and the passwords in the database are sealed with it", GIVE);
  if (!isRemote) return warning("there is none yet", "the first start makes it; keep a copy of it beside your backups");
  const advice = "set MAIL_PROXY_ENCRYPTION_KEY (a new one: openssl rand -base64 32)";
  return failed("there is none, and for a remote database none is made", advice);
}

/** What a platform has put where only this process is may have any mode. */
function* privacy(machine: Machine): Generator<Told> {
  const file = keyFile(machine);
  const own = file === undefined || file === SECRETS_FILE || file.startsWith(process.env.CREDENTIALS_DIRECTORY || "\0");
  yield* checkPrivacy([...(own ? [] : [file]), fileOf(machine.instance, "token")]);
}
