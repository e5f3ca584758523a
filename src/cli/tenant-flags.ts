/** The options of `tenants add` and `tenants update`, by the fields of the API that they set. */
import { asList, asMap, asNumber, type Flag } from "./flags.ts";

export const AUTH_METHODS = ["none", "bearer", "basic", "header"] as const;

const LARGE_FILES: readonly Flag[] = [
  { flags: "--large-file", help: "large attachments are looked after", field: "large_file_config.enabled" },
  { flags: "--no-large-file", help: "they are sent like any other", field: "large_file_config.enabled" },
  {
    flags: "--large-file-action <what>",
    help: "what becomes of them; rewrite puts a link into the mail",
    field: "large_file_config.action",
    values: ["warn", "reject", "rewrite"],
  },
  {
    flags: "--large-file-max-size-mb <number>",
    help: "from here on an attachment is large",
    field: "large_file_config.max_size_mb",
    read: asNumber,
  },
  {
    flags: "--large-file-storage-url <url>",
    help: "where rewritten ones are kept",
    field: "large_file_config.storage_url",
  },
  {
    flags: "--large-file-public-base-url <url>",
    help: "where links to them lead",
    field: "large_file_config.public_base_url",
  },
  {
    flags: "--large-file-ttl-days <number>",
    help: "how long they are kept",
    field: "large_file_config.file_ttl_days",
    read: asNumber,
  },
  {
    flags: "--large-file-lifespan-after-download-days <number>",
    help: "how long after the first download",
    field: "large_file_config.lifespan_after_download_days",
    read: asNumber,
  },
];

export const TENANT_FLAGS: readonly Flag[] = [
  { flags: "--name <text>", help: "for people", field: "name" },
  { flags: "--base-url <url>", help: "where the application is", field: "client_base_url" },
  { flags: "--sync-path <path>", help: "where it takes reports", field: "client_sync_path" },
  { flags: "--attachment-path <path>", help: "where it serves attachments", field: "client_attachment_path" },
  {
    flags: "--auth-method <method>",
    help: "how the proxy logs in there",
    field: "client_auth.method",
    values: AUTH_METHODS,
  },
  {
    flags: "--auth-token <secret>",
    help: "for bearer and header; - reads a line of standard input",
    field: "client_auth.token",
    secret: "Token of the application",
  },
  { flags: "--auth-user <name>", help: "for basic", field: "client_auth.user" },
  {
    flags: "--auth-password <secret>",
    help: "for basic; - reads a line of standard input",
    field: "client_auth.password",
    secret: "Password at the application",
  },
  { flags: "--auth-header <name>", help: "for header", field: "client_auth.header" },
  {
    flags: "--attachment-format <format>",
    help: "how attachments are asked for",
    field: "attachment_format",
    values: ["form", "json"],
  },
  {
    flags: "--store <name=url>",
    help: "a store that attachments may be in; once for each, without a URL to remove it",
    field: "stores",
    read: asMap,
    repeatable: true,
  },
  {
    flags: "--allowed-senders <address,@domain,...>",
    help: "whom its messages may be from; an empty value: anybody",
    field: "allowed_senders",
    read: asList,
  },
  { flags: "--limit-minute <number>", help: "messages a minute", field: "rate_limits.minute", read: asNumber },
  { flags: "--limit-hour <number>", help: "messages an hour", field: "rate_limits.hour", read: asNumber },
  { flags: "--limit-day <number>", help: "messages a day", field: "rate_limits.day", read: asNumber },
  ...LARGE_FILES,
  {
    flags: "--webhook-secret <secret>",
    help: "signs its reports; - reads a line of standard input",
    field: "webhook_secret",
    secret: "Secret that signs its reports",
  },
  { flags: "--active", help: "takes and sends messages", field: "active" },
  { flags: "--no-active", help: "neither takes nor sends any", field: "active" },
];
