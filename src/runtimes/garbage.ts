/**
 * Lets the memory of received bytes go while more come in. To a collector their buffers look small, so that by itself it
 * comes when more than the file has piled up: an attachment of 25 MB took 75 MB and more on Bun, and 110 MB on Node.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collecting everything holds Bun up, the longer the more is in memory: 3 ms of little, 150 ms of 250 MB. Beyond this it comes by and by. */
const LITTLE_BYTES = 128 * 1024 * 1024;
const MIB = 1024 * 1024;

type Collect = () => void;

const [everyMib, collect]: [number, Collect] =
  "Bun" in globalThis
    ? [4, () => Bun.gc(process.memoryUsage().heapUsed < LITTLE_BYTES)]
    : "Deno" in globalThis
      ? [4, () => undefined]
      : [1, youngCollector()];

/** To be told of bytes as they come in; after so many it is worth to collect. */
export function garbageCollection(): (bytes: number) => void {
  let uncollected = 0;
  return (bytes) => {
    uncollected += bytes;
    if (uncollected < everyMib * MIB) return;
    collect();
    uncollected = 0;
  };
}

/** V8's collector of what is young, which takes a millisecond; it has a name only where the flag stands. */
function youngCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  return () => void gc({ type: "minor" });
}
