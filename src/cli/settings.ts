/** The settings of one instance: flags over environment over its stored config, completed by the secrets in its folder. */
import { existsSync, readFileSync } from "node:fs";
import { asConfig, type Config, type Found } from "../config.ts";
import { newToken } from "../security/tokens.ts";
import { generateKey } from "../security/vault.ts";
import { Failure } from "./exit.ts";
import { createFolder, createText, fileOf, type Instance, readText, writeText } from "./home.ts";
import {
  changeStored,
  credentialFile,
  defaultDatabase,
  findForServe,
  findHere,
  SECRETS_FILE,
} from "./settings-found.ts";

/** By which scanners and people recognise a leaked admin token. */
const TOKEN_PREFIX = "mpa_";

/** Flags of `start`, by the names of the settings they stand for. */
export type Flags = Partial<
  Record<
    "HOST" | "PORT" | "DATABASE_URL" | "SANDBOX" | "SMTP_PORT" | "SMTPS_PORT" | "SMTP_TLS_CERT" | "SMTP_TLS_KEY",
    string
  >
>;

/** Every setting as it stands; where the queue is, is always known. */
export type Settings = Config & { databaseUrl: string };

export type CompleteConfig = Config & { databaseUrl: string; apiToken: string; encryptionKey: string };

/** A config that lacks nothing to run, and what a start tells about it. */
export interface Prepared {
  config: CompleteConfig;
  /** Where the admin token is from: made just now, from the instance's folder, or from the settings. */
  token: "new" | "stored" | "given";
  /** The instance's folder, unless everything came from elsewhere. */
  usesFolder: boolean;
}

/** Keeps the flags in the instance's stored config, so that a restart and every other command know them. */
export function storeFlags(instance: Instance, flags: Flags): void {
  if (Object.keys(flags).length > 0) changeStored(instance, flags);
}

/** Every setting as it stands, without the secrets that would be generated. */
export function settingsOf(instance: Instance, flags: Flags = {}): Settings {
  return asSettings(findHere(instance, { ...process.env, ...asEnvironment(flags) }));
}

/** The same for `serve`, which takes everything from the environment. */
export function environmentSettings(instance: Instance): Settings {
  return asSettings(findForServe(instance, process.env));
}

/** `found` always names a database. */
function asSettings(found: readonly Found[]): Settings {
  return asConfig(found) as Settings;
}

/** Completes the settings, making token and key where they are missing; the folder appears only if something is put there. */
export function prepare(instance: Instance, settings: Settings): Prepared {
  const embedded = settings.databaseUrl === defaultDatabase(instance);
  if (embedded) createFolder(instance);
  const givenKey = settings.encryptionKey ?? readSecret(credentialFile("encryption_key") ?? SECRETS_FILE);
  const encryptionKey = givenKey ?? storedKey(instance, settings.databaseUrl);
  const givenToken = settings.apiToken || readSecret(credentialFile("api_token"));
  const { apiToken, token } = givenToken ? { apiToken: givenToken, token: "given" as const } : storedToken(instance);
  return {
    config: { ...settings, encryptionKey, apiToken },
    token,
    usesFolder: embedded || givenKey === undefined || token !== "given",
  };
}

function asEnvironment(flags: Flags): Record<string, string> {
  return Object.fromEntries(Object.entries(flags).map(([name, value]) => [`MAIL_PROXY_${name}`, value]));
}

/** The admin token in use: the one of the settings, else the one in the folder. */
export function tokenOf(instance: Instance): string {
  const token = settingsOf(instance).apiToken ?? readText(fileOf(instance, "token"));
  if (token) return token;
  throw new Failure(`${instance.name} has no token yet; its first start makes one`);
}

/** Replaces the token in the folder; a running process keeps the one it started with. */
export function regenerateToken(instance: Instance): string {
  const token = newToken(TOKEN_PREFIX);
  writeText(fileOf(instance, "token"), token);
  return token;
}

function storedToken(instance: Instance): Pick<Prepared, "token"> & { apiToken: string } {
  createFolder(instance);
  const path = fileOf(instance, "token");
  const isNew = createText(path, newToken(TOKEN_PREFIX));
  return { apiToken: readText(path) || unreadable(path), token: isNew ? "new" : "stored" };
}

/** A remote database has secrets of other machines in it, which a key made here could not open. */
function storedKey(instance: Instance, databaseUrl: string): string {
  const path = fileOf(instance, "encryption.key");
  if (!databaseUrl.startsWith("file:") && !existsSync(path)) {
    throw new Failure(
      `a remote database needs its encryption key: set MAIL_PROXY_ENCRYPTION_KEY or provide ${SECRETS_FILE} (a new one: openssl rand -base64 32)`,
    );
  }
  createFolder(instance);
  createText(path, generateKey());
  return readText(path) || unreadable(path);
}

function readSecret(path: string | undefined): string | undefined {
  return path !== undefined && existsSync(path) ? readFileSync(path, "utf8").trim() || unreadable(path) : undefined;
}

function unreadable(path: string): never {
  throw new Failure(`${path} is empty; put the secret back, or remove the file`);
}
