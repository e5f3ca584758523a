/** Why a mailbox cannot be read: its server, its settings or the way to it, in words for a person; no secret is in them. */

const MOST_CHARACTERS = 300;

export class MailboxFault extends Error {
  override readonly name = "MailboxFault";

  constructor(words: string) {
    super(words.replace(/\s+/g, " ").trim().slice(0, MOST_CHARACTERS));
  }
}
