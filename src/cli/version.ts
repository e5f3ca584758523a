/** Which mail-proxy this is: the version of package.json, and the commit where the build knew it. */
import manifest from "../../package.json" with { type: "json" };

/** Put in by the build; absent when the sources run as they are. */
declare const BUILD_COMMIT: string | undefined;

export const VERSION: string = manifest.version;

export function versionText(): string {
  const commit = typeof BUILD_COMMIT === "undefined" ? "" : BUILD_COMMIT;
  return `mail-proxy ${VERSION}${commit === "" ? "" : ` (${commit})`}`;
}
