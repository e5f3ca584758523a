/** How a scripted server is brought to a fault: at which command, over which connection, with what in place of a reply. */
import type { Answer, Heard, Script, Verb } from "../support/smtp-server.ts";

/** At every command of a kind. */
export function at(verb: Verb, answer: Answer): Script {
  return { answer: (heard) => (heard.verb === verb ? answer : undefined) };
}

/** At a line that holds this text. */
export function atLine(text: string, answer: Answer): Script {
  return { answer: ({ line }) => (line.includes(text) ? answer : undefined) };
}

/** Over the first connection alone. */
export function first({ answer }: Script): Script {
  return { answer: (heard) => (heard.connection.number === 0 ? answer?.(heard) : undefined) };
}

/** At the EHLO that is said inside TLS. */
export function insideTls(answer: Answer): Script {
  return { answer: ({ verb, connection }) => (verb === "EHLO" && connection.secure ? answer : undefined) };
}

/** The first script that has an answer gives it. */
export function any(...scripts: Script[]): Script {
  const answer = (heard: Heard) => scripts.map((script) => script.answer?.(heard)).find((found) => found !== undefined);
  return { answer };
}

/** The reply to EHLO of a server with these extensions. */
export function ehlo(...extensions: string[]): string {
  const last = extensions.length;
  return ["test.invalid", ...extensions].map((text, i) => `250${i === last ? " " : "-"}${text}`).join("\r\n");
}

/** What a server may do in place of any reply. */
export interface Misbehaviour {
  fault: string;
  answer: Answer;
  /** What our error text holds then. */
  says: RegExp;
  stalls?: true;
}

const CUT = /closed|ECONNRESET|EPIPE/;
const TIMED_OUT = /no reply within/;
const NOT_SMTP = /does not speak SMTP/;
const NO_CRLF = /does not end in CRLF/;

export const MISBEHAVIOURS: Misbehaviour[] = [
  { fault: "closes the connection", answer: { next: "close" }, says: CUT },
  { fault: "resets the connection", answer: { next: "reset" }, says: CUT },
  { fault: "closes the connection inside its reply", answer: { raw: "250-half a re", next: "close" }, says: CUT },
  { fault: "says nothing", answer: { next: "stall" }, says: TIMED_OUT, stalls: true },
  { fault: "stops half-way", answer: { raw: "250-a\r\n250 b", next: "stall" }, says: TIMED_OUT, stalls: true },
  { fault: "speaks HTTP", answer: { raw: "HTTP/1.1 400 Bad Request\r\n\r\n" }, says: NOT_SMTP },
  { fault: "sends an empty line", answer: { raw: "\r\n" }, says: NOT_SMTP },
  { fault: "sends binary data", answer: { raw: "\x16\x03\x01\x00\xff\xfe\x80\x00\n" }, says: NO_CRLF },
  { fault: "ends its lines in bare LF", answer: { raw: "250 ok\n250 ok\n" }, says: NO_CRLF },
  { fault: "changes its code within a reply", answer: { raw: "250-ok\r\n251 ok\r\n" }, says: /differ in code/ },
  {
    fault: "never ends its reply",
    answer: { raw: "250-on\r\n".repeat(1000), flood: true },
    says: /reply does not end/,
  },
  { fault: "never ends its line", answer: { raw: "2".repeat(10_000), flood: true }, says: /reply line is too long/ },
];
