/** The entry of the binary, of the build for Node and Deno, and of the sources: runs the command line, ends with its exit code. */
import "../runtimes/deno-permissions.ts";
import { run } from "./program.ts";

// Whatever is written, a database anywhere included, holds mail: it is its owner's alone.
process.umask(0o077);

const exitCode = await run(process.argv.slice(2));
// What went into a pipe may still be on its way, and an exit would cut it off.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((end) => stream.end(end))));
process.exit(exitCode);
