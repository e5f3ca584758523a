/** One mail transaction (RFC 5321 3.3) as pure state: the session writes its steps and hands it the replies. */
import { UnexpectedReply } from "./dialogue.ts";
import type { Commands } from "./envelope.ts";
import type { Answered, Lost, RecipientOutcome, Refused, Reply, Stage } from "./outcome.ts";
import { ProtocolFault, type RawReply, toReply } from "./replies.ts";

/** One command before the message itself. */
export interface Step {
  stage: "rset" | "mail" | "rcpt" | "data";
  line: string;
}

export class Transaction {
  readonly steps: readonly Step[];
  /** What is being waited for, for the outcome if it never comes. */
  stage: Stage = "mail";
  /** MAIL was accepted: the server now keeps a transaction that must be finished or reset. */
  begun = false;
  /** No recipient is left to send to. */
  over = false;
  /** The server said 354: it waits for the message, and be it only a dot. */
  invited = false;
  /** The final dot is on its way, or may be. */
  dotted = false;
  /** Those whose RCPT has no reply yet; the next one stands last. */
  #unanswered: string[];
  #accepted: string[] = [];
  readonly #refused: Refused[];

  /** `reset`: a failed transaction stands before this one. */
  constructor({ mail, recipients, refused }: Commands, reset: boolean) {
    this.steps = [
      ...(reset ? [{ stage: "rset" as const, line: "RSET" }] : []),
      { stage: "mail", line: mail },
      ...recipients.map(({ command }) => ({ stage: "rcpt" as const, line: command })),
      { stage: "data", line: "DATA" },
    ];
    this.#unanswered = recipients.map(({ address }) => address).reverse();
    this.#refused = [...refused];
    this.over = recipients.length === 0;
  }

  /** Takes the reply to the step at `stage`. Throws on one that is no answer to it. */
  take(stage: Step["stage"], reply: RawReply): void {
    const refused = reply.code >= 400;
    if (!refused && reply.code >= 300 !== (stage === "data"))
      throw new ProtocolFault(`${reply.code} is no answer to ${stage.toUpperCase()}`);
    switch (stage) {
      case "rset":
        if (refused) throw new UnexpectedReply(toReply(reply));
        break;
      case "mail":
        this.begun = !refused;
        if (refused) this.#refuseOpen(stage, toReply(reply));
        break;
      case "rcpt":
        this.#takeRecipient(refused, reply);
        break;
      case "data":
        this.invited = !refused;
        if (refused) this.#refuseOpen(stage, toReply(reply));
    }
  }

  #takeRecipient(refused: boolean, reply: RawReply): void {
    const address = this.#unanswered.pop();
    if (address === undefined) return; // it was refused with MAIL
    if (!refused) this.#accepted.push(address);
    else this.#refused.push({ kind: "refused", address, stage: "rcpt", reply: toReply(reply) });
    // RFC 5321 3.8: 421 closes the connection, hence no other recipient has a chance.
    if (reply.code === 421) this.#refuseOpen("rcpt", toReply(reply));
    this.over = this.#accepted.length + this.#unanswered.length === 0;
  }

  /** Takes the reply to the final dot: the answer for all recipients that are open. */
  finish(reply: RawReply): Answered {
    this.begun = false;
    if (reply.code >= 300 && reply.code < 400) throw new ProtocolFault(`${reply.code} is no answer to a message`);
    const answer = toReply(reply);
    if (reply.code >= 400) this.#refuseOpen("body", answer);
    const accepted = this.#accepted.map((address): RecipientOutcome => ({ kind: "accepted", address, reply: answer }));
    return { kind: "answered", recipients: [...this.#refused, ...accepted] };
  }

  /** The outcome once it is over without a message sent. */
  refused(): Answered {
    return { kind: "answered", recipients: [...this.#refused] };
  }

  /** The outcome if the dialogue broke off. */
  broken(error: string): Answered | Lost {
    if (this.over) return this.refused();
    return { kind: "lost", stage: this.stage, unknown: this.dotted, error, recipients: [...this.#refused] };
  }

  #refuseOpen(stage: Stage, reply: Reply): void {
    for (const address of [...this.#accepted, ...this.#unanswered.reverse()]) {
      this.#refused.push({ kind: "refused", address, stage, reply });
    }
    this.#accepted = [];
    this.#unanswered = [];
    this.over = true;
  }
}
