/** The stored settings of the instance: absent fields keep their value, null clears. */
import * as v from "valibot";
import { mailboxText } from "./mailboxes.ts";
import { line, oneLine, priority, whole } from "./values.ts";

export const InstanceChanges = v.strictObject({
  name: v.nullish(line(255)),
  default_priority: v.nullish(priority),
  bounce_enabled: v.nullish(v.boolean()),
  bounce_imap_host: v.nullish(line(255)),
  bounce_imap_port: v.nullish(whole(1, 65_535)),
  bounce_imap_user: v.nullish(line(255)),
  bounce_imap_password: v.nullish(v.pipe(oneLine, v.maxLength(10_000))),
  bounce_imap_folder: v.nullish(line(255)),
  bounce_imap_ssl: v.nullish(v.boolean()),
  bounce_imap_tls_verify: v.nullish(v.boolean()),
  bounce_imap_ca: v.nullish(v.pipe(v.string(), v.maxLength(100_000))),
  bounce_poll_interval: v.nullish(whole(1, 86_400)),
  bounce_return_path: v.nullish(mailboxText),
});
export type InstanceChanges = v.InferOutput<typeof InstanceChanges>;
