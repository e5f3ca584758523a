/** The folder that a Dovecot lives in: its configuration, its users, their mails, its log. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testCertificate } from "../support/smtp-server.ts";
import { type DovecotPorts, dovecotConfiguration, MAIL_OWNER } from "./dovecot-configuration.ts";

export class DovecotFolder {
  readonly #path = mkdtempSync(join(tmpdir(), "mail-proxy-dovecot-"));
  readonly configuration = join(this.#path, "dovecot.conf");
  readonly log = join(this.#path, "dovecot.log");

  /** Users by their passwords. */
  constructor(users: Readonly<Record<string, string>>, ports: DovecotPorts) {
    const write = (name: string, text: string, mode = 0o644) => writeFileSync(join(this.#path, name), text, { mode });
    chmodSync(this.#path, 0o755); // its processes run as users of their own
    mkdirSync(join(this.#path, "mails"));
    chownSync(join(this.#path, "mails"), MAIL_OWNER, MAIL_OWNER);
    const lines = Object.entries(users).map(([user, password]) => `${user}:{PLAIN}${password}\n`);
    write("users", lines.join(""));
    const { key, cert } = testCertificate();
    write("key.pem", key, 0o600);
    write("certificate.pem", cert);
    write("dovecot.conf", dovecotConfiguration(this.#path, ports));
  }

  /** What Dovecot has logged so far. */
  logged(): string {
    return readFileSync(this.log, "utf8");
  }

  /**
   * The user's mails have no numbers any more: those are in files of their own beside the mails. `dovecot-uidvalidity` stays,
   * which tells what has been used.
   */
  forgetNumbers(user: string): void {
    const maildir = join(this.#path, "mails", user);
    const numbers = readdirSync(maildir).filter((name) => /^dovecot([-.]uidlist|\.index)/.test(name));
    if (numbers.length === 0) throw new Error(`no mail has a number yet in ${maildir}`);
    for (const name of numbers) rmSync(join(maildir, name));
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
