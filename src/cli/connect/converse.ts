/** Runs line after line: of a pipe, or of a person at a terminal. */
import { createInterface } from "node:readline";
import type { Instance } from "../home.ts";
import { completions } from "./completion.ts";
import { openLineEditor } from "./line-editor.ts";
import { runLine } from "./run-line.ts";
import type { Session } from "./session.ts";

export type Lines = AsyncIterableIterator<string>;

/** What stands on standard input, line by line. */
export function pipedLines(): Lines {
  return createInterface({ input: process.stdin })[Symbol.asyncIterator]();
}

/** Until exit or the end; answers whether all of them went well. */
export async function readPipe(session: Session, lines: Lines): Promise<boolean> {
  let allWell = true;
  for await (const line of lines) {
    allWell = (await runLine(session, line)) && allWell;
    if (session.isOver) break;
  }
  return allWell;
}

/** Until exit or Ctrl-D. */
export async function readTerminal(session: Session, instance: Instance): Promise<void> {
  const editor = openLineEditor(instance, (line) => completions(session, line));
  session.ask = async (label) => (await editor.answer(label)) ?? "";
  while (!session.isOver) {
    const place = session.tenantId === undefined ? instance.name : `${instance.name}/${session.tenantId}`;
    const line = await editor.command(`${place}> `);
    if (line === undefined) break;
    await runLine(session, line);
  }
  editor.close();
}
