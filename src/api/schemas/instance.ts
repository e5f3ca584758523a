/** The stored settings of the instance: absent fields keep their value, null clears. */
import * as v from "valibot";
import { patternFault } from "../../bounces/mark.ts";
import { certificates, host, port, secret } from "./account.ts";
import { bareAddress } from "./mailboxes.ts";
import { line, priority, whole } from "./values.ts";

/** The envelope sender of messages; a * in it is the place of each one's mark (bounces/mark.ts). */
const returnPathPattern = v.pipe(
  bareAddress,
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? patternFault(dataset.value) : undefined;
    if (fault !== undefined) addIssue({ message: fault });
  }),
);

export const InstanceChanges = v.strictObject({
  name: v.nullish(line(255)),
  default_priority: v.nullish(priority),
  bounce_enabled: v.nullish(v.boolean()),
  bounce_imap_host: v.nullish(host),
  bounce_imap_port: v.nullish(port),
  bounce_imap_user: v.nullish(line(255)),
  bounce_imap_password: v.nullish(secret),
  bounce_imap_folder: v.nullish(line(255)),
  bounce_imap_ssl: v.nullish(v.boolean()),
  bounce_imap_tls_verify: v.nullish(v.boolean()),
  bounce_imap_ca: v.nullish(certificates),
  bounce_poll_interval: v.nullish(whole(1, 86_400)),
  bounce_return_path: v.nullish(returnPathPattern),
});
export type InstanceChanges = v.InferOutput<typeof InstanceChanges>;
