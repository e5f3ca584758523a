/** The line at the terminal that a person types at: with Tab, a history in the instance's folder, and Ctrl-C for a fresh start. */
import { createInterface } from "node:readline";
import { reason } from "../../errors.ts";
import { CANCELLED_EXIT_CODE } from "../exit.ts";
import { fileOf, type Instance, readText, writeText } from "../home.ts";
import { print, warn } from "../output.ts";

const HISTORY_LINES = 500;

export interface LineEditor {
  /** A line of commands, which the history keeps; undefined once the person has left with Ctrl-D. */
  command(prompt: string): Promise<string | undefined>;
  /** A value that a command asks for. */
  answer(label: string): Promise<string | undefined>;
  close(): void;
}

/** What can stand at the end of the line, and the beginning of it that stands there now. */
export type Complete = (line: string) => Promise<[string[], string]>;

export function openLineEditor(instance: Instance, complete: Complete): LineEditor {
  const path = fileOf(instance, "history");
  let history = readText(path)?.split("\n") ?? [];
  let isTypingCommand = false;
  const editor = createInterface({
    input: process.stdin,
    output: process.stdout,
    history,
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer(line: string, done: (error: Error | null, found?: [string[], string]) => void) {
      // What cannot be looked up completes nothing; the command itself will tell why.
      complete(line).then(
        (found) => done(null, found),
        () => done(null, [[], line]),
      );
    },
  });
  // Ctrl-D may come while a command is at work: whatever is asked behind it has this for an answer.
  const closed = new Promise<undefined>((resolve) => editor.once("close", () => resolve(undefined)));
  editor.on("history", (lines: string[]) => {
    if (!isTypingCommand) lines.shift(); // an answer is no command
    history = [...lines];
  });
  let isAsking = false;
  const asking = async (prompt: string, isCommand: boolean) => {
    isTypingCommand = isCommand;
    isAsking = true;
    const typed = new Promise<string>((resolve) => editor.question(prompt, resolve));
    return Promise.race([closed, typed]).finally(() => {
      isAsking = false;
    });
  };
  editor.on("SIGINT", () => {
    if (!isAsking) process.exit(CANCELLED_EXIT_CODE); // what is at work may never end
    if (editor.line !== "") return editor.write(null, { ctrl: true, name: "u" });
    print("\nexit or Ctrl-D leaves");
    editor.prompt();
  });
  return {
    command: (prompt) => asking(prompt, true),
    answer: (label) => asking(label, false),
    close() {
      editor.close();
      if (history.length > 0) keep(path, history);
    },
  };
}

function keep(path: string, history: readonly string[]): void {
  try {
    writeText(path, history.join("\n"));
  } catch (error) {
    warn(`the history could not be kept: ${reason(error)}`);
  }
}
