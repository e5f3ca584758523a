/** Which mail-proxy this is: the version of package.json, the commit where the build knew it, and what runs it. */
import manifest from "../../package.json" with { type: "json" };

/** Put in by the build; absent when the sources run as they are. */
declare const BUILD_COMMIT: string | undefined;

export const VERSION: string = manifest.version;

export interface Identity {
  version: string;
  /** With a mark where the sources were changed after it; null where the build knew of none. */
  commit: string | null;
  runtime: string;
  platform: string;
}

export function identity(): Identity {
  const commit = typeof BUILD_COMMIT === "undefined" ? "" : BUILD_COMMIT;
  return {
    version: VERSION,
    commit: commit === "" ? null : commit,
    runtime: runtime(process.versions),
    platform: `${process.platform}-${process.arch}`,
  };
}

export function versionText(): string {
  const { version, commit } = identity();
  return `mail-proxy ${version}${commit === null ? "" : ` (${commit})`}`;
}

/** Bun and Deno also tell which Node they are like. */
function runtime({ bun, deno, node }: Record<string, string | undefined>): string {
  if (bun !== undefined) return `bun ${bun}`;
  return deno === undefined ? `node ${node}` : `deno ${deno}`;
}
