/** The fields of a tenant, as its form asks for them. */
import { type Group, yesNo } from "../forms/spec.ts";

const OPERATORS: Group = {
  title: "What the operator decides",
  fields: [
    {
      name: "active",
      label: "Active",
      hint: "Else its key opens nothing, its messages are rejected, and it is not called.",
      input: { kind: "flag" },
    },
    {
      name: "allowed_senders",
      label: "Allowed senders",
      hint: "Of all its accounts: addresses and @domains, one a line; empty: anybody.",
      input: { kind: "lines" },
    },
    {
      name: "rate_limits.minute",
      label: "Messages a minute",
      hint: "Over all its accounts.",
      input: { kind: "number" },
    },
    { name: "rate_limits.hour", label: "Messages an hour", hint: "Over all its accounts.", input: { kind: "number" } },
    { name: "rate_limits.day", label: "Messages a day", hint: "Over all its accounts.", input: { kind: "number" } },
  ],
};

const APPLICATION: Group = {
  title: "Application",
  fields: [
    { name: "name", label: "Name in words", input: { kind: "text" } },
    {
      name: "client_base_url",
      label: "Base URL",
      hint: "Where the application is; without it nothing is reported.",
      input: { kind: "text" },
    },
    { name: "client_sync_path", label: "Path for reports", hint: "Begins with /.", input: { kind: "text" } },
    { name: "client_attachment_path", label: "Path for attachments", hint: "Begins with /.", input: { kind: "text" } },
    {
      name: "attachment_format",
      label: "Attachments are asked for as",
      input: {
        kind: "choice",
        options: [
          ["form", "a form"],
          ["json", "JSON"],
        ],
      },
    },
  ],
};

const LOGIN: Group = {
  title: "How this proxy authenticates at the application",
  fields: [
    {
      name: "client_auth.method",
      label: "Method",
      input: {
        kind: "choice",
        options: [
          ["none", "None"],
          ["bearer", "Bearer token"],
          ["basic", "User and password (Basic)"],
          ["header", "A header of its own"],
        ],
      },
    },
    { name: "client_auth.token", label: "Token", hint: "Empty: it stays as it is.", input: { kind: "secret" } },
    { name: "client_auth.header", label: "Header", hint: "The field that carries the token.", input: { kind: "text" } },
    { name: "client_auth.user", label: "User", input: { kind: "text" } },
    { name: "client_auth.password", label: "Password", hint: "Empty: it stays as it is.", input: { kind: "secret" } },
  ],
};

const LARGE_FILES: Group = {
  title: "Large files and stores",
  fields: [
    { name: "large_file_config.enabled", label: "Look for large attachments", input: yesNo("As the default is") },
    {
      name: "large_file_config.max_size_mb",
      label: "Large from, in megabytes",
      input: { kind: "number" },
    },
    {
      name: "large_file_config.action",
      label: "What is done with them",
      input: {
        kind: "choice",
        options: [
          [null, "As the default is"],
          ["warn", "Sent, with a warning in the log"],
          ["reject", "The message fails"],
          ["rewrite", "A link takes their place"],
        ],
      },
    },
    {
      name: "large_file_config.storage_url",
      label: "Store for them",
      hint: "A URL, kept as a secret. Empty: it stays as it is.",
      input: { kind: "secret" },
    },
    { name: "large_file_config.public_base_url", label: "Where links begin", input: { kind: "text" } },
    { name: "large_file_config.file_ttl_days", label: "Days that files are kept", input: { kind: "number" } },
    {
      name: "large_file_config.lifespan_after_download_days",
      label: "Days after the first download",
      input: { kind: "number" },
    },
    {
      name: "stores",
      label: "Named stores for attachments",
      hint: "One a line: its name and its URL. A name alone takes that store away; what is not named stays.",
      input: { kind: "pairs" },
    },
  ],
};

/** What a tenant's key may change of its own tenant. */
export const OWN_GROUPS: readonly Group[] = [APPLICATION, LOGIN, LARGE_FILES];
export const ALL_GROUPS: readonly Group[] = [OPERATORS, ...OWN_GROUPS];
