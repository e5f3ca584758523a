/** The commands that show the settings in force, each with where it comes from. */
import { hostname } from "node:os";
import type { Command } from "commander";
import type { Found } from "../config.ts";
import { hostName } from "../runtimes/hostname.ts";
import { maskText } from "../security/mask.ts";
import { shownDatabase } from "../security/shown-database.ts";
import type { Cell } from "./cell.ts";
import { UsageError } from "./exit.ts";
import type { Instance } from "./home.ts";
import { didYouMean } from "./nearest.ts";
import { addFormats, type Format, printList } from "./output.ts";
import { findForServe, findHere, withSecretFiles } from "./settings-found.ts";

const MASK = "********";
const COLUMNS = ["setting", "value", "from"];

/** `mail-proxy config`: what `serve` would take, which is the environment alone. */
export function addConfigCommand(program: Command, instance: () => Instance): void {
  addFormats(program.command("config"))
    .description("each setting of serve with its value, and where that comes from")
    .action((format: Format) => show(findForServe(instance(), process.env), instance(), format));
}

/** `mail-proxy NAME config`; what changes them hangs below it (config-change.ts). */
export function addInstanceConfigCommand(program: Command, instance: Instance): Command {
  return addFormats(program.command("config"))
    .description("each setting with its value, and where that comes from")
    .allowExcessArguments()
    .action((format: Format, { args, commands }: Command) => {
      const [word] = args;
      const known = commands.map((each) => each.name());
      if (word !== undefined) throw new UsageError(`unknown command '${word}'${didYouMean(word, known)}`);
      show(findHere(instance, process.env), instance, format);
    });
}

function show(found: readonly Found[], instance: Instance, format: Format): void {
  const rows = withSecretFiles(instance, found).map((setting) => ({
    setting: setting.name,
    value: shown(setting),
    from: setting.from,
  }));
  printList({ things: rows, rows, columns: COLUMNS, none: "", spare: ["from"] }, format);
}

/** Secrets are masked, also those within a URL. */
export function shown({ key, secret, value }: Pick<Found, "key" | "secret" | "value">): Cell {
  if (value === undefined) return key === "ehloName" ? hostName(hostname()) : null;
  if (secret) return MASK;
  if (Array.isArray(value)) return value.join(",");
  if (key === "databaseUrl") return shownDatabase(String(value));
  return typeof value === "number" || typeof value === "boolean" ? value : maskText(String(value));
}
