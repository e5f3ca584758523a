/** A target that runs `serve`, the same on every runtime that has processes. */
import { serveWith } from "../../support/binary.ts";
import type { Launch } from "./target.ts";

/** @param command the words before `serve`: a program, and what it runs. */
export function launchService(...command: string[]): Launch {
  return async (folder, settings) => {
    const { ready, stop, kill } = serveWith(command, folder, settings);
    return { url: await ready, tick: async () => undefined, stop, kill };
  };
}
