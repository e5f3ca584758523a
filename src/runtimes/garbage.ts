/**
 * Lets the memory of received bytes go while more come in. To a collector their buffers look small, so that by itself it
 * comes when more than the file has piled up: an attachment of 25 MB took 75 MB and more on Bun, and 110 MB on Node.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collecting everything holds all else up, the longer the more is in memory: on Bun 3 ms of little and 150 ms of 250 MB, on Node 30 ms
 * of 20 MB and 200 ms of 150 MB. Beyond this it comes by and by.
 */
const LITTLE_BYTES = 128 * 1024 * 1024;
const MIB = 1024 * 1024;

type Collect = () => void;

const [everyMib, collect]: [number, Collect] =
  "Bun" in globalThis
    ? [4, () => Bun.gc(process.memoryUsage().heapUsed < LITTLE_BYTES)]
    : "Deno" in globalThis
      ? [4, () => undefined]
      : [1, collectorOfV8()];

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

/** So many collections of what is young, and then one of everything. */
const YOUNG_IN_A_ROW = 15;

/**
 * V8's collector, which has a name only where the flag stands. Of what is young it takes a millisecond; but the bytes of a message grow old
 * while it is on its way, and would lie there when the next one comes.
 */
function collectorOfV8(): Collect {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  let young = 0;
  return () => {
    const isTurn = young === YOUNG_IN_A_ROW && process.memoryUsage().heapUsed < LITTLE_BYTES;
    if (isTurn) gc();
    else gc({ type: "minor" });
    young = young === YOUNG_IN_A_ROW ? 0 : young + 1;
  };
}
