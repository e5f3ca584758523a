/** How the tests run: from the sources, with `cloudflare:sockets` standing for our sockets as it does in the binary. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at(".."),
  plugins: [
    {
      name: "sql-as-text",
      load: (id) => (id.endsWith(".sql") ? `export default ${JSON.stringify(readFileSync(id, "utf8"))};` : undefined),
    },
  ],
  // worker-mailer names its ES module only as `module`; its CommonJS file would require the name at run time.
  ssr: { resolve: { mainFields: ["module", "main"] } },
  resolve: { alias: { "cloudflare:sockets": at("../src/runtimes/sockets.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**"], // they need programs that not every machine has: `npm run test:system`
    server: { deps: { inline: ["worker-mailer"] } },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
