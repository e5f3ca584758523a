/** A tenant as it is saved: absent fields keep their value, null clears. */
import * as v from "valibot";
import { storeUrlFault } from "../../attachments/stores/url.ts";
import { signingKey } from "../../reports/signature.ts";
import { mayAuthenticate } from "../../security/credentials.ts";
import { YEAR_SECONDS } from "../../settings/values.ts";
import { httpUrl, isHttpUrl, splitUrls, wholeUrls } from "./client-urls.ts";
import { allowedSenders } from "./mailboxes.ts";
import { id, line, map, moment, object, oneLine, whole } from "./values.ts";

const LARGEST = 2 ** 31 - 1;

/** Each costs statements of its own. */
const MOST_BATCHES = 100;

const limit = v.nullish(whole(1, LARGEST));
const secret = v.pipe(oneLine, v.maxLength(10_000, "must have at most 10000 characters"));
const webhookSecret = v.pipe(
  secret,
  v.check(
    (text) => signingKey(text) !== undefined,
    "must be whsec_ and base64, as POST /tenant/{id}/webhook-secret makes it",
  ),
);

const path = v.pipe(line(1_000), v.startsWith("/", "must begin with /"));

const clientAuth = object({
  method: v.optional(v.picklist(["none", "bearer", "basic", "header"])),
  token: v.nullish(secret),
  user: v.nullish(line(255)),
  password: v.nullish(secret),
  header: v.nullish(
    v.pipe(line(255), v.check(mayAuthenticate, "must be the name of a header that can carry credentials")),
  ),
});

/** A store for files, with its credentials, which are kept sealed. */
const storeUrl = v.pipe(
  line(4_000),
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? storeUrlFault(dataset.value) : undefined;
    if (fault !== undefined) addIssue({ message: fault });
  }),
);
/** It stands before a colon in `storage_path`. */
const storeName = v.pipe(
  line(64),
  v.regex(/^[A-Za-z0-9][\w.-]*$/, "must be letters, digits, dots, dashes and underscores"),
);

const largeFileConfig = object({
  enabled: v.nullish(v.boolean()),
  max_size_mb: v.nullish(v.pipe(v.number(), v.gtValue(0, "must be over 0"))),
  storage_url: v.nullish(storeUrl),
  public_base_url: v.nullish(v.pipe(line(2_000), v.check(isHttpUrl, "must be an http or https URL"))),
  file_ttl_days: v.nullish(whole(0, 36_500)),
  lifespan_after_download_days: v.nullish(whole(0, 36_500)),
  action: v.nullish(v.picklist(["warn", "reject", "rewrite"])),
});

const fields = {
  name: v.nullish(line(255)),
  client_base_url: v.nullish(httpUrl(2_000)),
  client_sync_path: v.nullish(path),
  client_attachment_path: v.nullish(path),
  ...wholeUrls,
  client_auth: v.nullish(clientAuth),
  attachment_format: v.nullish(v.picklist(["form", "json"])),
  rate_limits: v.nullish(object({ minute: limit, hour: limit, day: limit })),
  large_file_config: v.nullish(largeFileConfig),
  stores: v.nullish(map(storeName, v.nullable(storeUrl))),
  allowed_senders: v.nullish(allowedSenders),
  active: v.nullish(v.boolean()),
  suspended_batches: v.nullish(v.pipe(v.array(id), v.maxLength(MOST_BATCHES, `must be at most ${MOST_BATCHES}`))),
  webhook_secret: v.nullish(webhookSecret),
};

export const TenantInput = v.pipe(v.strictObject({ id, ...fields }), splitUrls());
export type TenantInput = v.InferOutput<typeof TenantInput>;

/** What PUT takes: the id stands in the path, and may be repeated. */
export const TenantChanges = v.pipe(v.strictObject({ id: v.optional(id), ...fields }), splitUrls());
export type TenantChanges = v.InferOutput<typeof TenantChanges>;

/** For how long the secret before a new one signs too; as the setting says, where nothing is said. */
export const WebhookSecretInput = v.strictObject({ overlap_seconds: v.nullish(whole(0, YEAR_SECONDS)) });

/** When a new key ends; never, where nothing is said. */
export const ApiKeyInput = v.strictObject({ expires_at: v.nullish(moment) });
