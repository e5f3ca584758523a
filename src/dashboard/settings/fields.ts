/** The settings that are kept in the database, as a form asks for them. */
import { type Group, yesNo } from "../forms/spec.ts";

export const STORED_GROUPS: readonly Group[] = [
  {
    title: "The instance",
    fields: [
      { name: "name", label: "Name", hint: "For people.", input: { kind: "text" } },
      {
        name: "default_priority",
        label: "Priority of messages that name none",
        hint: "Not set: as MAIL_PROXY_DEFAULT_PRIORITY says.",
        input: {
          kind: "choice",
          options: [
            [null, "not set"],
            [0, "immediate"],
            [1, "high"],
            [2, "medium"],
            [3, "low"],
          ],
        },
      },
    ],
  },
  {
    title: "The mailbox for bounces",
    fields: [
      { name: "bounce_enabled", label: "Read it", input: yesNo("not set: no") },
      {
        name: "bounce_return_path",
        label: "Where bounces are sent to",
        hint: "The envelope sender of messages, such as bounces+*@example.com: each message's mark takes the place of the *.",
        input: { kind: "text" },
      },
      { name: "bounce_imap_host", label: "IMAP server", input: { kind: "text" } },
      { name: "bounce_imap_port", label: "Port", hint: "993 where nothing is said.", input: { kind: "number" } },
      { name: "bounce_imap_user", label: "User", input: { kind: "text" } },
      {
        name: "bounce_imap_password",
        label: "Password",
        hint: "With another server, port or TLS it has to be put in again.",
        input: { kind: "secret" },
      },
      { name: "bounce_imap_folder", label: "Folder", hint: "INBOX where nothing is said.", input: { kind: "text" } },
      {
        name: "bounce_imap_ssl",
        label: "TLS from the first byte",
        input: yesNo("not set: yes, but on port 143"),
      },
      { name: "bounce_imap_tls_verify", label: "Check the certificate", input: yesNo("not set: yes") },
      {
        name: "bounce_imap_ca",
        label: "Certificates to trust beside the public ones",
        hint: "PEM.",
        input: { kind: "block" },
      },
      {
        name: "bounce_poll_interval",
        label: "Longest wait between two looks, in seconds",
        hint: "60 where nothing is said; many servers tell sooner.",
        input: { kind: "number" },
      },
    ],
  },
];
