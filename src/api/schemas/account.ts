/** An SMTP account as it is saved: absent fields keep their value, null clears. */
import * as v from "valibot";
import { allowedSenders, mailboxText } from "./mailboxes.ts";
import { id, line, oneLine, priority, whole } from "./values.ts";

const LARGEST = 2 ** 31 - 1;

export const port = whole(1, 65_535);
const limit = whole(1, LARGEST);

/** A host name or an address; what a tenant may name of these is security/hosts.ts's to say. */
export const host = v.pipe(line(255), v.regex(/^[^\s/@]+$/, "must be a host name or an address"));
/** RFC 5321 4.1.1.1: a domain or an address literal. */
const ehloName = v.pipe(line(255), v.regex(/^[A-Za-z0-9.:[\]-]+$/, "must be a host name or an address literal"));
/** Certificates in PEM, of which an account or a mailbox may trust a few of its own. */
export const certificates = v.pipe(
  v.string(),
  v.maxLength(100_000, "must have at most 100000 characters"),
  v.includes("-----BEGIN CERTIFICATE-----", "must be certificates in PEM"),
);
export const secret = v.pipe(oneLine, v.maxLength(10_000, "must have at most 10000 characters"));

export const AccountInput = v.strictObject({
  id,
  tenant_id: v.nullish(id),
  host: v.optional(host),
  port: v.nullish(port),
  user: v.nullish(line(255)),
  password: v.nullish(secret),
  use_tls: v.nullish(v.boolean()),
  tls: v.nullish(v.picklist(["none", "opportunistic", "starttls", "implicit"])),
  tls_verify: v.nullish(v.boolean()),
  ca: v.nullish(certificates),
  auth_method: v.nullish(v.picklist(["auto", "plain", "login", "cram-md5", "xoauth2"])),
  ehlo_name: v.nullish(ehloName),
  from_address: v.nullish(mailboxText),
  allowed_senders: v.nullish(allowedSenders),
  priority: v.nullish(priority),
  limit_per_minute: v.nullish(limit),
  limit_per_hour: v.nullish(limit),
  limit_per_day: v.nullish(limit),
  limit_behavior: v.nullish(v.picklist(["defer", "reject"])),
  batch_size: v.nullish(whole(1, 10_000)),
  max_connections: v.nullish(whole(1, 1_000)),
  max_messages_per_connection: v.nullish(whole(1, LARGEST)),
  ttl: v.nullish(whole(0, 86_400)),
  ascii_attachments: v.nullish(v.boolean()),
  suppress_send: v.nullish(v.boolean()),
  retry_delays: v.nullish(v.pipe(v.array(whole(0, 31_536_000)), v.maxLength(50, "must be at most 50 delays"))),
  is_pec_account: v.nullish(v.boolean()),
  imap_host: v.nullish(host),
  imap_port: v.nullish(port),
  imap_user: v.nullish(line(255)),
  imap_password: v.nullish(secret),
  imap_folder: v.nullish(line(255)),
  imap_ssl: v.nullish(v.boolean()),
  imap_tls_verify: v.nullish(v.boolean()),
  imap_ca: v.nullish(certificates),
});
export type AccountInput = v.InferOutput<typeof AccountInput>;
