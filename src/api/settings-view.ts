/** The settings that this process works by, as the admin sees them: each with where it is from; of secrets only whether they are set. */
import { type Config, SETTINGS, type Setting, type SettingKey } from "../config.ts";
import { maskText } from "../security/mask.ts";
import { shownDatabase } from "../security/shown-database.ts";

export function settingViews(config: Config) {
  return Object.entries(SETTINGS).map(([key, { name, group, doc, fallback, ...one }]) => {
    const value = config[key as SettingKey];
    const isSecret = "secret" in one;
    return {
      name: `MAIL_PROXY_${name}`,
      group,
      doc,
      is_secret: isSecret,
      is_set: value !== undefined,
      value: isSecret ? null : shown(key, value),
      default: shown(key, fallback),
      from: originOf(config.origins[key as SettingKey], value, fallback),
    };
  });
}

/** What nobody has given, and yet is another value than the default: the start has made or found it, in the instance's folder for one. */
function originOf(origin: string, value: unknown, fallback: Setting<unknown>["fallback"]): string {
  return origin === "default" && String(value) !== String(fallback) ? "start" : origin;
}

/** Lists as the environment has them; without the secrets that a URL may hold. */
function shown(key: string, value: unknown): string | number | boolean | null {
  if (value === undefined) return null;
  if (typeof value === "number" || typeof value === "boolean") return value;
  return key === "databaseUrl" ? shownDatabase(String(value)) : maskText(String(value));
}
