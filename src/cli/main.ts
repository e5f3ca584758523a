#!/usr/bin/env bun
/** The entry of the binary and of `bun src/cli/main.ts`: runs the command line and ends the process with its exit code. */
import { run } from "./program.ts";

// Whatever is written, a database anywhere included, holds mail: it is its owner's alone.
process.umask(0o077);

const exitCode = await run(process.argv.slice(2));
// What went into a pipe may still be on its way, and an exit would cut it off.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((end) => stream.end(end))));
process.exit(exitCode);
