/** Says in a sentence which database could not be opened, why, and what to do, without a secret of its URL. */
import { ConfigError } from "../config.ts";
import { reason } from "../errors.ts";
import { DRIVER_MISSING } from "../runtimes/embedded.ts";
import { shownDatabase } from "../security/shown-database.ts";
import { Failure } from "./exit.ts";

const FILE_ADVICE = "its folder must be there and writable, and the file, if there is one, an SQLite database";
const DRIVER_ADVICE = "the package libsql must be installed beside the program, with its addon for this platform";
const REMOTE_ADVICE = "the server must answer there, and take the token of MAIL_PROXY_DATABASE_TOKEN";

/** Opens the database at `url` by `open`; whatever goes wrong becomes a Failure, but a bad setting stays one. */
export async function opening<T>(url: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const shown = shownDatabase(url);
    const why = reason(cause).replaceAll(url, shown);
    throw new Failure(
      `cannot open the database ${shown} (${why}): ${adviceFor(url, cause)}; MAIL_PROXY_DATABASE_URL names it`,
      { cause },
    );
  }
}

export function adviceFor(url: string, cause: unknown): string {
  if (cause instanceof Error && "code" in cause && cause.code === DRIVER_MISSING) return DRIVER_ADVICE;
  return url.startsWith("file:") ? FILE_ADVICE : REMOTE_ADVICE;
}
