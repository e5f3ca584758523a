/** Lets Bun resolve `cloudflare:sockets`, which worker-mailer imports, to our sockets: at `bun run` and at compile time. */
import { fileURLToPath } from "node:url";
import type { BunPlugin } from "bun";

export const cloudflareSockets: BunPlugin = {
  name: "cloudflare:sockets",
  setup(build) {
    build.onResolve({ filter: /^cloudflare:sockets$/ }, () => ({
      path: fileURLToPath(new URL("./sockets.ts", import.meta.url)),
    }));
  },
};

Bun.plugin(cloudflareSockets);
