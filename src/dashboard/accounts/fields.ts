/** The fields of an SMTP account, as its form asks for them. */
import { type Group, yesNo } from "../forms/spec.ts";

const SERVER: Group = {
  title: "Server",
  fields: [
    {
      name: "host",
      label: "Host",
      hint: "The server's name or address; sandbox is this proxy's own inbox, where it has one.",
      input: { kind: "text", isRequired: true },
    },
    { name: "port", label: "Port", hint: "Empty: 587, or 465 with TLS from the start.", input: { kind: "number" } },
    {
      name: "tls",
      label: "TLS",
      hint: "By the port: from the first byte on 465, else STARTTLS where it is offered.",
      input: {
        kind: "choice",
        options: [
          [null, "By the port"],
          ["implicit", "From the first byte"],
          ["starttls", "STARTTLS, and not without"],
          ["opportunistic", "STARTTLS where it is offered"],
          ["none", "None"],
        ],
      },
    },
    {
      name: "tls_verify",
      label: "Check the certificate",
      input: yesNo("Yes, unless TLS is optional"),
    },
    {
      name: "ca",
      label: "Certificates to trust",
      hint: "In PEM, instead of the public ones.",
      input: { kind: "block" },
    },
    { name: "ehlo_name", label: "Name in EHLO", hint: "Empty: this machine's name.", input: { kind: "text" } },
  ],
};

const LOGIN: Group = {
  title: "Login",
  fields: [
    { name: "user", label: "User", hint: "Empty: nobody logs in.", input: { kind: "text" } },
    {
      name: "password",
      label: "Password",
      hint: "Empty: it stays as it is.",
      input: { kind: "secret" },
    },
    {
      name: "auth_method",
      label: "Method",
      input: {
        kind: "choice",
        options: [
          ["auto", "The best that is offered"],
          ["plain", "PLAIN"],
          ["login", "LOGIN"],
          ["cram-md5", "CRAM-MD5"],
          ["xoauth2", "XOAUTH2 (the password is the access token)"],
        ],
      },
    },
  ],
};

const SENDERS: Group = {
  title: "Senders and priority",
  fields: [
    { name: "from_address", label: "Sender", hint: "Of messages that name none.", input: { kind: "text" } },
    {
      name: "allowed_senders",
      label: "Allowed senders",
      hint: "Addresses and @domains, one a line; empty: anybody. What the tenant allows holds as well.",
      input: { kind: "lines" },
    },
    {
      name: "priority",
      label: "Priority",
      hint: "Of messages that name none.",
      input: {
        kind: "choice",
        options: [
          [null, "As the instance has it"],
          [0, "Immediate"],
          [1, "High"],
          [2, "Medium"],
          [3, "Low"],
        ],
      },
    },
  ],
};

const LIMITS: Group = {
  title: "Limits",
  fields: [
    { name: "limit_per_minute", label: "Messages a minute", hint: "Empty: no limit.", input: { kind: "number" } },
    { name: "limit_per_hour", label: "Messages an hour", hint: "Empty: no limit.", input: { kind: "number" } },
    { name: "limit_per_day", label: "Messages a day", hint: "Empty: no limit.", input: { kind: "number" } },
    {
      name: "limit_behavior",
      label: "What a limit does",
      input: {
        kind: "choice",
        options: [
          ["defer", "Messages wait until it has room"],
          ["reject", "Messages fail"],
        ],
      },
    },
    {
      name: "max_connections",
      label: "Connections at once",
      hint: "Empty: as the setting MAX_CONNECTIONS says.",
      input: { kind: "number" },
    },
    {
      name: "batch_size",
      label: "Messages taken up at once",
      hint: "Empty: as the setting BATCH_SIZE_PER_ACCOUNT says.",
      input: { kind: "number" },
    },
  ],
};

const CERTIFIED: Group = {
  title: "Certified mail (PEC)",
  fields: [
    {
      name: "is_pec_account",
      label: "Certified mail",
      hint: "Receipts are waited for, and read from the mailbox below.",
      input: { kind: "flag" },
    },
    { name: "imap_host", label: "Mailbox host (IMAP)", input: { kind: "text" } },
    { name: "imap_port", label: "Mailbox port", input: { kind: "number" } },
    { name: "imap_user", label: "Mailbox user", input: { kind: "text" } },
    { name: "imap_password", label: "Mailbox password", hint: "Empty: it stays as it is.", input: { kind: "secret" } },
    { name: "imap_folder", label: "Mailbox folder", hint: "Empty: INBOX.", input: { kind: "text" } },
    { name: "imap_ssl", label: "Mailbox TLS from the first byte", input: yesNo("Yes, but not on port 143") },
    { name: "imap_tls_verify", label: "Check the mailbox's certificate", input: yesNo("Yes, as a rule") },
    { name: "imap_ca", label: "Certificates to trust for the mailbox", hint: "In PEM.", input: { kind: "block" } },
  ],
};

const ADVANCED: Group = {
  title: "Advanced",
  fields: [
    {
      name: "retry_delays",
      label: "Seconds before each retry",
      hint: "With commas between them; empty: as the setting RETRY_DELAYS says.",
      input: { kind: "numbers" },
    },
    {
      name: "ttl",
      label: "Seconds that an idle connection is kept",
      hint: "Empty: 300.",
      input: { kind: "number" },
    },
    {
      name: "max_messages_per_connection",
      label: "Messages before a connection is opened anew",
      hint: "Empty: no bound.",
      input: { kind: "number" },
    },
    { name: "ascii_attachments", label: "Names of attachments in ASCII", input: { kind: "flag" } },
    {
      name: "suppress_send",
      label: "Send nothing",
      hint: "Messages are marked as sent, and no server is spoken to.",
      input: { kind: "flag" },
    },
  ],
};

export const ACCOUNT_GROUPS: readonly Group[] = [SERVER, LOGIN, SENDERS, LIMITS, CERTIFIED, ADVANCED];
