/** What became of a message handed to a server: failures on its way are data, one outcome per recipient. */

/** A server's reply. */
export interface Reply {
  code: number;
  /** RFC 3463, such as "5.1.1"; only where the server gave one. */
  enhanced?: string;
  /** Its lines joined by spaces, without codes and control characters, at most MAX_REPLY_TEXT characters. */
  text: string;
}

export const MAX_REPLY_TEXT = 1000;

/** Where the dialogue stood. `rset` clears away a failed transaction before the next one. */
export type Stage = "connect" | "tls" | "greeting" | "ehlo" | "auth" | "mail" | "rcpt" | "data" | "body" | "rset";

/** What became of one recipient. A refusal is a 4xx or a 5xx: its code says whether to try again. */
export type RecipientOutcome = { kind: "accepted"; address: string; reply: Reply } | Refused;

export interface Refused {
  kind: "refused";
  address: string;
  stage: Stage;
  reply: Reply;
}

/** Every recipient has its answer. A refused MAIL, DATA or final dot is the answer to each that was still open. */
export interface Answered {
  kind: "answered";
  recipients: RecipientOutcome[];
}

/** The connection died, timed out or talked nonsense inside the transaction. */
export interface Lost {
  kind: "lost";
  stage: Stage;
  /** The final dot was sent and its reply never came: the server may have taken the message. */
  unknown: boolean;
  error: string;
  /** Those that had their refusal before; all others are open. */
  recipients: Refused[];
}

/** This server can never take this message as it is; nothing was written. */
export interface Unsendable {
  kind: "unsendable";
  error: string;
  /** RFC 3463, such as 5.3.4 for a message that is too big. */
  enhanced: string;
}

/** The account is at fault (connection, TLS, greeting, login); nothing was tried with the message. */
export interface AccountFault {
  kind: "account_fault";
  stage: Stage;
  reply?: Reply;
  error: string;
}

export type SendOutcome = Answered | Lost | Unsendable | AccountFault;
