/** Where the dialogue with a server stood, in words. */

import type { Stage } from "./outcome.ts";

const WORDS: Record<Stage, string> = {
  connect: "connecting",
  tls: "TLS",
  greeting: "greeting",
  ehlo: "introduction (EHLO)",
  auth: "login",
  mail: "sender (MAIL)",
  rcpt: "recipient (RCPT)",
  data: "content (DATA)",
  body: "end of the content",
  rset: "starting over (RSET)",
};

export function stageWords(stage: string): string {
  return isStage(stage) ? WORDS[stage] : stage;
}

/** What went wrong last, such as `auth: 535 ...`: where, and the server's words as they are. */
export function faultWords(lastError: string): string {
  const [stage = "", ...rest] = lastError.split(": ");
  return !isStage(stage) || rest.length === 0 ? lastError : `${WORDS[stage]}: ${rest.join(": ")}`;
}

function isStage(text: string): text is Stage {
  return Object.hasOwn(WORDS, text);
}
