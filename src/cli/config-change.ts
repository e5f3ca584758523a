/** The commands that change what an instance keeps of its settings: `mail-proxy NAME config set` and `unset`. */
import type { Command } from "commander";
import { ConfigError, findSettings, nearestSetting, SETTINGS } from "../config.ts";
import { required, requiredSecret, secretFromInput } from "./ask.ts";
import { shown } from "./config.ts";
import { UsageError } from "./exit.ts";
import type { Instance } from "./home.ts";
import { print, warn } from "./output.ts";
import { running } from "./run-record.ts";
import { changeStored, findHere } from "./settings-found.ts";

const BY_NAME = new Map(Object.values(SETTINGS).map((setting) => [setting.name, setting]));

export function addConfigChanges(config: Command, instance: Instance): void {
  config
    .command("set [setting] [value]")
    .description("keep a setting for this instance; - as the value asks for it, or reads it from standard input")
    .action(async (setting: string | undefined, value: string | undefined) => {
      const name = await settingNamed(setting);
      const raw = await newValue(name, value);
      const fault = valueFault(name, raw);
      if (fault !== undefined) throw new UsageError(fault);
      changeStored(instance, { [name]: raw });
      tell(instance, name);
    });

  config
    .command("unset [setting]")
    .description("go back to the default")
    .action(async (setting: string | undefined) => {
      const name = await settingNamed(setting);
      changeStored(instance, { [name]: undefined });
      tell(instance, name);
    });
}

async function settingNamed(given: string | undefined): Promise<string> {
  const word = await required(given, "the setting", "Setting", { fault: nameFault });
  const fault = nameFault(word);
  if (fault !== undefined) throw new UsageError(fault);
  return canonical(word);
}

/** `port`, `PORT` and `MAIL_PROXY_PORT` are the same. */
function canonical(word: string): string {
  return word
    .toUpperCase()
    .replaceAll("-", "_")
    .replace(/^(MAIL_PROXY|GMP)_/, "");
}

function nameFault(word: string): string | undefined {
  const name = canonical(word);
  if (BY_NAME.has(name)) return undefined;
  const nearest = nearestSetting(name);
  return `there is no setting ${word}${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}`;
}

async function newValue(name: string, given: string | undefined): Promise<string> {
  if (given === "-") return secretFromInput(name, name);
  if (given !== undefined) return given;
  const fault = (answer: string) => valueFault(name, answer);
  const label = `Value of ${name}`;
  if (BY_NAME.get(name)?.secret) return requiredSecret(undefined, "the value", label, fault);
  return required(undefined, "the value", label, { fault });
}

/** What keeps the setting from having this value: never the value itself where it is a secret. */
function valueFault(name: string, raw: string): string | undefined {
  try {
    findSettings({ [`MAIL_PROXY_${name}`]: raw });
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** What came of a change: the environment may be stronger, and a running server has read its settings already. */
function tell(instance: Instance, name: string): void {
  const now = findHere(instance, process.env).find((setting) => setting.name === name);
  if (now === undefined) return;
  print(`${name} is ${shown(now) ?? "not set"} (from ${now.from})`);
  if (running(instance)) warn(`the running server takes it after: mail-proxy restart ${instance.name}`);
}
