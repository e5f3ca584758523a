/** Instances on this machine: a folder each under ~/.mail-proxy, which holds all that belongs to it and nobody else may read. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { reason } from "../errors.ts";
import { Failure, UsageError } from "./exit.ts";
import { didYouMean } from "./nearest.ts";

export interface Instance {
  name: string;
  folder: string;
}

/** What an instance folder may hold, beside the files that SQLite keeps next to its database. */
export type InstanceFile =
  | "queue.db"
  | "token"
  | "encryption.key"
  | "run.json"
  | "config.json"
  | "cache"
  | "log"
  | "history";

/** First words of the command line that are commands, so that no instance can have them as its name. */
export const COMMAND_WORDS = [
  ...["list", "start", "stop", "restart", "status", "delete"],
  ...["serve", "demo", "migrate", "import-genro", "config", "doctor", "health", "completion", "version", "help"],
];

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The folder that holds the instances: `--home`, else MAIL_PROXY_HOME, else ~/.mail-proxy. */
export function homeFolder(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(given ?? (environment.MAIL_PROXY_HOME || join(homedir(), ".mail-proxy")));
}

/** What keeps a word from naming an instance. */
export function nameFault(name: string): string | undefined {
  if (COMMAND_WORDS.includes(name)) return "is a command and cannot name an instance";
  return NAME.test(name) ? undefined : 'is neither a command nor the name of an instance (a-z, 0-9, ".", "_", "-")';
}

/** Names an instance without touching the disk; throws a UsageError for what cannot be a name. */
export function instanceNamed(home: string, name: string): Instance {
  const fault = nameFault(name);
  if (fault === undefined) return { name, folder: join(home, name) };
  if (COMMAND_WORDS.includes(name)) throw new UsageError(`${name} ${fault}`);
  const guess = didYouMean(name, [...namesIn(home), ...COMMAND_WORDS]);
  throw new UsageError(`${JSON.stringify(name)} ${fault}${guess}`);
}

/** The same, but it must have been started once. */
export function existingInstance(home: string, name: string): Instance {
  const instance = instanceNamed(home, name);
  if (existsSync(instance.folder)) return instance;
  const guess = didYouMean(name, namesIn(home));
  throw new Failure(`there is no instance ${name} in ${home}${guess}; make one with: mail-proxy start ${name}`);
}

/** The same for a first word that is no command: where there is no such instance, nobody knows what it stands for. */
export function instanceOrUnknownWord(home: string, word: string): Instance {
  const instance = instanceNamed(home, word);
  if (existsSync(instance.folder)) return instance;
  const guess = didYouMean(word, [...COMMAND_WORDS, ...namesIn(home)]);
  throw new UsageError(
    `${word} is neither a command nor an instance in ${home}${guess}; make one with: mail-proxy start ${word}`,
  );
}

function namesIn(home: string): string[] {
  return listInstances(home).map(({ name }) => name);
}

export function listInstances(home: string): Instance[] {
  if (!existsSync(home)) return [];
  const entries = onDisk(home, () => readdirSync(home, { withFileTypes: true }));
  const folders = entries.filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => name)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => ({ name, folder: join(home, name) }));
}

/** Makes the folder where it is missing, for its owner alone. */
export function createFolder({ folder }: Instance): void {
  onDisk(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700); // it may have been made by hand, or under another umask
  });
}

/** Does something with a folder; where the disk refuses, says so with the way out. */
function onDisk<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new Failure(
      `cannot use the folder ${folder} (${reason(cause)}): make it one that you may write to, or choose another place with --home or MAIL_PROXY_HOME`,
      { cause },
    );
  }
}

export function deleteFolder({ folder }: Instance): void {
  rmSync(folder, { recursive: true, force: true });
}

export function fileOf({ folder }: Instance, file: InstanceFile): string {
  return join(folder, file);
}

/** The file's text without the newline at its end, or undefined where there is none. */
export function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd() : undefined;
}

/** A JSON object from a file; what is no object is told by the file's name, never by its content. */
export function readObject(path: string): Record<string, unknown> | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch (error) {
    throw new Failure(`${path} is not JSON: ${reason(error)}`);
  }
  throw new Failure(`${path} must hold a JSON object`);
}

/** Replaces a file as a whole: a reader sees the old text or the new one, also across a crash. */
export function writeText(path: string, text: string): void {
  renameSync(temporary(path, text), path);
}

/** Writes a file only where there is none: of two processes one wins, and both can tell which. */
export function createText(path: string, text: string): boolean {
  const draft = temporary(path, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (existsSync(path)) return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function temporary(path: string, text: string): string {
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`;
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: "wx" });
  return draft;
}
