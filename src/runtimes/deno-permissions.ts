/** Ends the program with a sentence where Deno would not let it do its work; to be imported before all that would fail halfway. */
import process from "node:process";

declare const Deno: { permissions: { querySync(of: { name: string }): { state: string } } };

/** Some of /proc, by which one process is told from another, Deno opens only to who may do everything. */
const NEEDED = ["env", "read", "write", "net", "sys", "run", "ffi"];

const missing =
  "Deno" in globalThis ? NEEDED.filter((name) => Deno.permissions.querySync({ name }).state !== "granted") : [];
if (missing.length > 0) {
  process.stderr.write(
    `mail-proxy: Deno gives it no permission for ${missing.join(", ")}: start it with deno run -A\n`,
  );
  process.exit(1);
}
