/** How the tests run: from the sources, with `cloudflare:sockets` standing for our sockets as it does in the binary. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What is embedded as text: migrations, and what the dashboard sends to browsers. */
const TEXT = /\.(sql|css|browser\.js|min\.js)$/;
const TEXT_ID = "\0text:";
const JS = ".js";

export default defineConfig({
  root: at(".."),
  plugins: [
    {
      name: "files-as-text",
      enforce: "pre",
      // By another name, since Vitest empties whatever is called a style sheet.
      async resolveId(source, importer) {
        const found = TEXT.test(source) ? await this.resolve(source, importer, { skipSelf: true }) : null;
        return found && `${TEXT_ID}${found.id}${JS}`;
      },
      load(id) {
        if (!id.startsWith(TEXT_ID)) return undefined;
        const text = readFileSync(id.slice(TEXT_ID.length, -JS.length), "utf8");
        return `export default ${JSON.stringify(text)};`;
      },
    },
  ],
  // worker-mailer names its ES module only as `module`; its CommonJS file would require the name at run time.
  ssr: { resolve: { mainFields: ["module", "main"] } },
  resolve: { alias: { "cloudflare:sockets": at("../src/runtimes/sockets.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**"], // they need programs that not every machine has: `npm run test:system`
    server: { deps: { inline: ["worker-mailer", /\/(htmx\.org|uplot)\/dist\//] } },
    globalSetup: at("support/build.ts"),
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
    // One process for many files: each would load the whole program again. What a file changes of its process it puts back.
    isolate: false,
    maxWorkers: 2,
  },
});
