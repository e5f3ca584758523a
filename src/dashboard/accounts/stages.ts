/** Where the dialogue with a server stood, in words. */

const WORDS: Record<string, string> = {
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
  return WORDS[stage] ?? stage;
}

/** What went wrong last, such as `auth: 535 ...`: where, and the server's words as they are. */
export function faultWords(lastError: string): string {
  const [stage = "", ...rest] = lastError.split(": ");
  const words = WORDS[stage];
  return words === undefined || rest.length === 0 ? lastError : `${words}: ${rest.join(": ")}`;
}
