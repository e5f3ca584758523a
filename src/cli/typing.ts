/**
 * Tells what is wrong with an answer while it is still typed.
 *
 * Clack checks an answer at Enter and draws the question anew at each key, but lets nobody see what stands on the line by
 * then. A second line editor on the same keys knows; what is wrong goes behind the question.
 */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { hasColours, painted } from "./terminal.ts";

/** What is wrong with an answer, in a few words; undefined where nothing is. */
export type Fault = (answer: string) => string | undefined;

export interface Typing {
  /** What is wrong so far, to stand behind the question; nothing before the first key. */
  hint(): string;
  /** The check at Enter. */
  validate: (typed: string | undefined) => string | undefined;
  end: () => void;
}

export function followTyping(input: Readable, fault: Fault): Typing {
  const editor = createInterface({ input, terminal: true }); // before clack's own, so that it sees a key before clack draws
  let refused: string | undefined;
  return {
    hint() {
      const wrong = ["", refused].includes(editor.line) ? undefined : fault(editor.line);
      return wrong === undefined ? "" : `  ${hasColours(process.stderr) ? painted(wrong, "yellow") : wrong}`;
    },
    validate(typed = "") {
      const wrong = fault(typed);
      refused = wrong === undefined ? undefined : typed; // clack tells it below the answer
      if (wrong !== undefined) editor.write(typed); // the answer stands there still, but Enter has emptied the line
      return wrong;
    },
    end: () => editor.close(),
  };
}
