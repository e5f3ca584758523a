/** The options of `bounces set`, by the fields of the API that they set. */
import { asNumber, type Flag, fromFile } from "./flags.ts";

export const BOUNCE_FLAGS: readonly Flag[] = [
  { flags: "--enabled", help: "the mailbox is read", field: "bounce_enabled" },
  { flags: "--no-enabled", help: "it is left alone", field: "bounce_enabled" },
  { flags: "--imap-host <name>", help: "server with the mailbox that bounces come to", field: "bounce_imap_host" },
  { flags: "--imap-port <number>", help: "its port", field: "bounce_imap_port", read: asNumber },
  { flags: "--imap-user <name>", help: "its login", field: "bounce_imap_user" },
  {
    flags: "--imap-password <secret>",
    help: "its password; - reads a line of standard input",
    field: "bounce_imap_password",
    secret: "Password of the mailbox",
  },
  { flags: "--imap-folder <name>", help: "where bounces come in", field: "bounce_imap_folder" },
  { flags: "--imap-ssl", help: "TLS from the first byte", field: "bounce_imap_ssl" },
  { flags: "--no-imap-ssl", help: "STARTTLS", field: "bounce_imap_ssl" },
  { flags: "--imap-tls-verify", help: "its certificate must be right", field: "bounce_imap_tls_verify" },
  { flags: "--no-imap-tls-verify", help: "take any certificate", field: "bounce_imap_tls_verify" },
  { flags: "--imap-ca <file>", help: "certificates in PEM to trust", field: "bounce_imap_ca", read: fromFile },
  {
    flags: "--poll-interval <seconds>",
    help: "longest wait between two looks into mailboxes",
    field: "bounce_poll_interval",
    read: asNumber,
  },
  {
    flags: "--return-path <address>",
    help: "the envelope's sender of every mail; a * in it is where each one's mark goes",
    field: "bounce_return_path",
  },
];
