/** Tells the running server that there is something to send, where one runs. */
import { setTimeout as pause } from "node:timers/promises";
import type { Instance } from "./home.ts";
import { callsToServer } from "./server.ts";

/** Longer than this nobody waits for the answer: it comes after a pass over the queue, which the request has begun. */
const PATIENCE_MS = 3_000;

/** `stopped`: none runs on this machine; `unheard`: one does, and finds out at its next look at the queue. */
export async function wake(instance: Instance): Promise<"woken" | "unheard" | "stopped"> {
  const call = callsToServer(instance);
  if (call === undefined) return "stopped";
  const told = call("POST", "/commands/run-now").then(
    () => "woken" as const,
    () => "unheard" as const,
  );
  return Promise.race([told, pause(PATIENCE_MS, "woken" as const, { ref: false })]);
}
