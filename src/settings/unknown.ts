/** Names that look like settings and are none: mistyped, another version's, or the reference's without a meaning here. */
import { closest, distance } from "fastest-levenshtein";
import { adviceFor, REFERENCE_NAMES } from "./reference-names.ts";
import type { Source } from "./sources.ts";

/** What has the prefix of a setting and is none: the command line's own, and what the examples call the proxy's address and key. */
const NO_SETTINGS = new Set(["MAIL_PROXY_HOME", "MAIL_PROXY_URL", "MAIL_PROXY_KEY"]);

/** Each with what may have been meant; `known` are the names of the settings, without prefix. */
export function unknownNames(known: readonly string[], environment: Source, stored: Source): string[] {
  const names = Object.keys(environment).filter((name) => !NO_SETTINGS.has(name) && !(name in REFERENCE_NAMES));
  return [
    ...names.flatMap((name) => {
      const [, prefix, rest] = /^(MAIL_PROXY_|GMP_)(.*)$/.exec(name) ?? [];
      return prefix === undefined || rest === undefined ? [] : unknown(known, prefix, rest);
    }),
    ...Object.keys(stored).flatMap((name) => unknown(known, "", name)),
  ];
}

function unknown(known: readonly string[], prefix: string, name: string): string[] {
  if (known.includes(name)) return [];
  const meant = nearest(known, name);
  const advice = adviceFor(prefix + name) ?? (meant && `${prefix}${meant}?`);
  return [advice === undefined ? prefix + name : `${prefix}${name} (${advice})`];
}

/** Two letters off, of a long name a quarter of it. */
export function nearest(known: readonly string[], name: string): string | undefined {
  const found = closest(name, [...known]);
  return distance(name, found) <= Math.max(2, name.length / 4) ? found : undefined;
}
