/** The settings in force, each with where it comes from, and the changing of those that an instance keeps for itself. */
import { hostname } from "node:os";
import type { Command } from "commander";
import { type Found, findSettings, nearestSetting, SETTINGS } from "../config.ts";
import { hostName } from "../runtimes/hostname.ts";
import { maskText } from "../security/mask.ts";
import { secretFromInput } from "./ask.ts";
import type { Cell } from "./cell.ts";
import { shownDatabase } from "./database-fault.ts";
import { UsageError } from "./exit.ts";
import type { Instance } from "./home.ts";
import { addFormats, type Format, print, printList, warn } from "./output.ts";
import { running } from "./run-record.ts";
import { changeStored, findForServe, findHere, withSecretFiles } from "./settings-found.ts";

const MASK = "********";
const COLUMNS = ["setting", "value", "from"];

/** `mail-proxy config`: what `serve` would take, which is the environment alone. */
export function addConfigCommand(program: Command, instance: () => Instance): void {
  addFormats(program.command("config"))
    .description("each setting of serve with its value, and where that comes from")
    .action((format: Format) => show(findForServe(instance(), process.env), instance(), format));
}

/** `mail-proxy NAME config`. */
export function addInstanceConfigCommands(program: Command, instance: Instance): void {
  const config = addFormats(program.command("config"))
    .description("each setting with its value, and where that comes from")
    .action((format: Format) => show(findHere(instance, process.env), instance, format));

  config
    .command("set <setting> <value>")
    .description("keep a setting for this instance; - as the value asks for it, or reads it from standard input")
    .action(async (setting: string, value: string) => {
      const name = settingNamed(setting);
      const raw = value === "-" ? await secretFromInput(name, name) : value;
      findSettings({}, { [name]: raw }); // a bad one stops here
      changeStored(instance, { [name]: raw });
      tell(instance, name);
    });

  config
    .command("unset <setting>")
    .description("go back to the default")
    .action((setting: string) => {
      const name = settingNamed(setting);
      changeStored(instance, { [name]: undefined });
      tell(instance, name);
    });
}

function show(found: readonly Found[], instance: Instance, format: Format): void {
  const rows = withSecretFiles(instance, found).map((setting) => ({
    setting: setting.name,
    value: shown(setting),
    from: setting.from,
  }));
  printList({ things: rows, rows, columns: COLUMNS, none: "" }, format);
}

/** Secrets are masked, also those within a URL. */
function shown({ key, secret, value }: Pick<Found, "key" | "secret" | "value">): Cell {
  if (value === undefined) return key === "ehloName" ? hostName(hostname()) : null;
  if (secret) return MASK;
  if (Array.isArray(value)) return value.join(",");
  if (key === "databaseUrl") return shownDatabase(String(value));
  return typeof value === "number" || typeof value === "boolean" ? value : maskText(String(value));
}

/** `port`, `PORT` and `MAIL_PROXY_PORT` are the same. */
function settingNamed(word: string): string {
  const name = word
    .toUpperCase()
    .replaceAll("-", "_")
    .replace(/^(MAIL_PROXY|GMP)_/, "");
  const names = Object.values(SETTINGS).map((setting) => setting.name);
  if (names.includes(name)) return name;
  const nearest = nearestSetting(name);
  throw new UsageError(`there is no setting ${word}${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}`);
}

/** What came of a change: the environment may be stronger, and a running server has read its settings already. */
function tell(instance: Instance, name: string): void {
  const now = findHere(instance, process.env).find((setting) => setting.name === name);
  if (now === undefined) return;
  print(`${name} is ${shown(now) ?? "not set"} (from ${now.from})`);
  if (running(instance)) warn(`the running server takes it after: mail-proxy restart ${instance.name}`);
}
