/** Every setting of an instance with where it comes from: the environment, its stored config, its folder, or the default. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Found, findSettings, type SettingKey, type Source } from "../config.ts";
import { createFolder, fileOf, type Instance, readObject, writeText } from "./home.ts";

/** Where container platforms put a secret. */
export const SECRETS_FILE = "/run/secrets/encryption_key";

/** Where systemd puts what a unit's LoadCredential names (systemd.exec, "Credentials"); none outside such a unit. */
export function credentialFile(name: "encryption_key" | "api_token"): string | undefined {
  const path = join(process.env.CREDENTIALS_DIRECTORY ?? "", name);
  return process.env.CREDENTIALS_DIRECTORY && existsSync(path) ? path : undefined;
}

const CONFIG_FILE = "config.json";

/** What is kept for an instance beside the environment: names in it that are no settings stop nothing, and are told at the start. */
export function storedConfig(instance: Instance): Source {
  return readObject(fileOf(instance, CONFIG_FILE)) ?? {};
}

/** Changes the instance's stored config; undefined takes a setting out of it. */
export function changeStored(instance: Instance, changes: Record<string, string | undefined>): void {
  createFolder(instance);
  writeText(fileOf(instance, CONFIG_FILE), JSON.stringify({ ...storedConfig(instance), ...changes }, null, 2));
}

/** For an instance that is started by name: with its folder come a cache on disk, and what its sandbox needs. */
export function findHere(instance: Instance, environment: Source): Found[] {
  const found = find(instance, environment, storedConfig(instance));
  const isSandbox = found.some(({ key, value }) => key === "sandbox" && value === true);
  return found.map((setting) => {
    if (setting.from !== "default") return setting;
    if (setting.key === "cacheDiskDir") return { ...setting, value: fileOf(instance, "cache") };
    // Who tries it out wants to see in the log how the message goes out.
    return setting.key === "logDeliveryActivity" ? { ...setting, value: isSandbox } : setting;
  });
}

/** For `serve`, which takes everything from the environment. */
export function findForServe(instance: Instance, environment: Source): Found[] {
  return find(instance, environment, {});
}

function find(instance: Instance, environment: Source, stored: Source): Found[] {
  return findSettings(environment, stored).map((setting) => {
    if (setting.from === "stored") return { ...setting, from: CONFIG_FILE };
    const isMissing = setting.key === "databaseUrl" && setting.value === undefined;
    return isMissing ? { ...setting, value: defaultDatabase(instance) } : setting;
  });
}

/** Which file a secret is from; one that is still to be made has no value. */
export function withSecretFiles(instance: Instance, settings: readonly Found[]): Found[] {
  const files: Partial<Record<SettingKey, string[]>> = {
    apiToken: [credentialFile("api_token") ?? fileOf(instance, "token")],
    encryptionKey: [credentialFile("encryption_key") ?? SECRETS_FILE, fileOf(instance, "encryption.key")],
  };
  return settings.map((setting) => {
    const candidates = setting.from === "default" ? files[setting.key] : undefined;
    if (candidates === undefined) return setting;
    const file = candidates.find((path) => existsSync(path));
    return file === undefined
      ? { ...setting, from: "made at the first start" }
      : { ...setting, value: file, from: file };
  });
}

export function defaultDatabase(instance: Instance): string {
  return fileUrl(fileOf(instance, "queue.db"));
}

/** libSQL takes `file:` followed by a percent-encoded path; before a drive letter there is no slash. */
function fileUrl(path: string): string {
  return pathToFileURL(path).href.replace(/^file:\/\/(\/(?=[A-Za-z]:))?/, "file:");
}
