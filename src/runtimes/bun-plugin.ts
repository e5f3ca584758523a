/** Lets Bun resolve `cloudflare:sockets`, which worker-mailer imports, to our sockets: at `bun run` and at compile time. */
import { fileURLToPath } from "node:url";
import type { BunPlugin } from "bun";
import * as sockets from "./sockets.ts";

const NAME = "cloudflare:sockets";

/** For the bundler. */
export const cloudflareSockets: BunPlugin = {
  name: NAME,
  setup(build) {
    build.onResolve({ filter: /^cloudflare:sockets$/ }, () => ({
      path: fileURLToPath(new URL("./sockets.ts", import.meta.url)),
    }));
  },
};

// At run time Bun takes the part before the colon for a namespace of its own; a virtual module answers all the same.
Bun.plugin({
  name: NAME,
  setup(build) {
    build.module(NAME, () => ({ loader: "object", exports: sockets }));
  },
});
