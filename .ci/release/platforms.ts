/** The platforms that a release is made for. */

export interface Platform {
  /** Name in the file names of a release. */
  name: string;
  target: Bun.Build.CompileTarget;
  /** npm packages that hold bun and libSQL's addon for this platform. */
  bun: string;
  addon: string;
}

export const PLATFORMS: readonly Platform[] = [
  { name: "linux-x64", target: "bun-linux-x64", bun: "@oven/bun-linux-x64", addon: "@libsql/linux-x64-gnu" },
  { name: "linux-arm64", target: "bun-linux-arm64", bun: "@oven/bun-linux-aarch64", addon: "@libsql/linux-arm64-gnu" },
  { name: "darwin-x64", target: "bun-darwin-x64", bun: "@oven/bun-darwin-x64", addon: "@libsql/darwin-x64" },
  { name: "darwin-arm64", target: "bun-darwin-arm64", bun: "@oven/bun-darwin-aarch64", addon: "@libsql/darwin-arm64" },
  { name: "windows-x64", target: "bun-windows-x64", bun: "@oven/bun-windows-x64", addon: "@libsql/win32-x64-msvc" },
];

/** The one of this machine. */
export function platformHere(): Platform {
  const here = `@libsql/${process.platform}-${process.arch}`;
  const platform = PLATFORMS.find(({ addon }) => addon.startsWith(here));
  if (platform === undefined) throw new Error(`no build for ${process.platform} on ${process.arch}`);
  return platform;
}

export function programName({ name }: Platform): string {
  return name.startsWith("windows") ? "mail-proxy.exe" : "mail-proxy";
}
