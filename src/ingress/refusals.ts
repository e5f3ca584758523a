/** The lines that the log has of what was not taken: each mail of a client that has logged in, and floods at the gate. */
import { getLogger } from "@logtape/logtape";
import type { SMTPServerSession } from "smtp-server";
import type { Login } from "./application.ts";
import { requestIdOf } from "./session.ts";

const log = getLogger(["mail-proxy", "ingress"]);

/** Where a mail can be refused; whatever else is, no mail is lost by it. */
const OF_A_MAIL = /^(?:MAIL|RCPT|DATA)\b/i;

/** After a line about the gate no other is written for so long: whoever floods it would fill the disk as well. */
const QUIET_MS = 10_000;

/** Of one connection: sees each command and each reply, since smtp-server refuses things without asking us. */
export class Refusals {
  /** What belongs to a mail and has no reply yet. */
  #command: string | undefined;

  asked(command: string): void {
    this.#command = OF_A_MAIL.test(command) ? command : undefined;
  }

  /** Who has not logged in is not told of: strangers could go on for ever. */
  answered(code: number, session: SMTPServerSession): void {
    const { user, error, envelope, remoteAddress } = session;
    const { mailFrom } = envelope;
    const command = this.#command;
    if (code === 354 || command === undefined) return; // RFC 5321 4.1.1.4: the reply that counts comes after the content
    this.#command = undefined;
    if (code < 400 || !user) return;
    const { tenantId }: Login = user;
    const isContent = /^DATA\b/i.test(command) && mailFrom !== false;
    log.info("a mail of tenant {tenant_id} from {address} was refused at {step}: {reply} (request {request_id})", {
      ...{ event: "refused", tenant_id: tenantId, request_id: requestIdOf(session) },
      ...{ address: remoteAddress, reply: error },
      step: isContent ? `DATA of MAIL FROM:<${mailFrom.address}>` : command,
    });
  }
}

/** Connections that the gate does not let in. */
export class TurnedAway {
  #quietUntil = Number.NEGATIVE_INFINITY;
  #untold = 0;

  /** `now` in Unix milliseconds. */
  tell(address: string, words: string, now: number): void {
    if (now < this.#quietUntil) {
      this.#untold += 1;
      return;
    }
    const before = this.#untold === 0 ? "" : `, and ${this.#untold} before it without a line here`;
    log.warning("a connection from {address} was refused{before}: 421 {words}", { address, before, words });
    this.#quietUntil = now + QUIET_MS;
    this.#untold = 0;
  }
}
