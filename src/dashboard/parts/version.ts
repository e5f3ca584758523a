/** Which mail-proxy this is, as `mail-proxy version` says it. */

export function versionText({ version, commit }: { version: string; commit: string | null }): string {
  return commit === null ? version : `${version} (${commit})`;
}
