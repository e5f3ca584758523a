/** What requests about webhooks carry, in the words of both clients of the email API. */
import * as v from "valibot";
import { TEST_EVENT, WEBHOOK_EVENTS } from "../../reports/webhooks/event-types.ts";
import { YEAR_SECONDS } from "../../settings/values.ts";
import { DELIVERY_STATES } from "../../tenancy/webhooks-log.ts";
import { REPLAYABLE } from "../../tenancy/webhooks-replay.ts";
import { urlIn } from "../../url.ts";
import { isHttpUrl } from "./client-urls.ts";
import { page } from "./queries.ts";
import { id, line, moment, whole, wholeText } from "./values.ts";

const LONGEST_URL = 2_000;
/** Pages of a log further down are read by its cursor. */
const LAST_PAGE = 100;
const MOST_REPLAYED = 1_000;
const MINUTES_OF_A_YEAR = YEAR_SECONDS / 60;

const url = v.pipe(
  line(LONGEST_URL),
  v.check(isHttpUrl, "must be an http or https URL"),
  v.check(hasNoCredentials, "must hold no credentials: what comes from here is known by its signature"),
);

function hasNoCredentials(text: string): boolean {
  const url = urlIn(text);
  return url === undefined || (url.username === "" && url.password === "");
}

const event = v.picklist(WEBHOOK_EVENTS, `must be one of ${WEBHOOK_EVENTS.join(", ")}`);
const events = v.nullish(
  v.pipe(
    v.array(event),
    v.nonEmpty("must name an event; leave it out for all of them"),
    v.transform((given) => [...new Set(given)]),
  ),
);

const eventType = v.picklist([...WEBHOOK_EVENTS, TEST_EVENT]);

interface Urls {
  url?: string | null | undefined;
  endpoint?: string | null | undefined;
}

/** One URL under two names. */
const oneUrl = <T extends Urls>() =>
  v.check<T, string>(
    ({ url, endpoint }) => url == null || endpoint == null || url === endpoint,
    "endpoint and url are two names of one field: give either",
  );

export const WebhookInput = v.pipe(
  v.strictObject({ endpoint: v.nullish(url), url: v.nullish(url), events }),
  oneUrl(),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const { url: given, endpoint, events: wanted } = value;
    const named = given ?? endpoint;
    if (named != null) return { url: named, events: wanted };
    addIssue({ message: "endpoint is required" });
    return NEVER;
  }),
);

/** Absent fields keep their value; `events` that are null are all of them. */
export const WebhookChanges = v.pipe(
  v.strictObject({
    endpoint: v.nullish(url),
    url: v.nullish(url),
    events,
    status: v.nullish(v.picklist(["enabled", "disabled"])),
    enabled: v.nullish(v.boolean()),
  }),
  oneUrl(),
  v.check(
    ({ status, enabled }) => status == null || enabled == null || enabled === (status === "enabled"),
    "status and enabled say different things: give either",
  ),
  v.transform(({ url: given, endpoint, status, enabled, events: wanted }) => ({
    url: given ?? endpoint ?? undefined,
    status: status ?? (enabled == null ? undefined : wordOf(enabled)),
    events: wanted,
  })),
);

function wordOf(enabled: boolean): "enabled" | "disabled" {
  return enabled ? "enabled" : "disabled";
}

/** For how long the secret before the new one signs too; as the setting says, where nothing is said. */
export const SecretRotation = v.strictObject({ overlap_seconds: v.nullish(whole(0, YEAR_SECONDS)) });

/** There are few of them: one page holds all. */
export const WebhookQuery = v.strictObject({
  tenant_id: v.optional(id),
  limit: v.optional(wholeText(1, 100), "100"),
  after: v.optional(line(100)),
  before: v.optional(line(100)),
});

export type WebhookQuery = v.InferOutput<typeof WebhookQuery>;

export const DeliveryQuery = v.strictObject({
  tenant_id: v.optional(id),
  state: v.optional(v.picklist(DELIVERY_STATES)),
  event_type: v.optional(eventType),
  ...page,
  after: v.optional(line(100)),
  page: v.optional(wholeText(1, LAST_PAGE)),
  per_page: v.optional(wholeText(1, 100)),
});

export type DeliveryQuery = v.InferOutput<typeof DeliveryQuery>;

/** Of the calls of one delivery, which one page holds. */
export const AttemptQuery = v.strictObject({
  tenant_id: v.optional(id),
  limit: v.optional(wholeText(1, 100), "100"),
  after: v.optional(line(100)),
});

const types = v.nullish(eventType);
const range = {
  since: v.nullish(moment),
  until: v.nullish(moment),
  withinMinutes: v.nullish(whole(1, MINUTES_OF_A_YEAR)),
  states: v.nullish(v.pipe(v.array(v.picklist(REPLAYABLE)), v.nonEmpty("must name a state; leave it out for all"))),
  event_type: types,
  eventType: types,
  limit: v.nullish(whole(1, MOST_REPLAYED)),
  cursor: v.nullish(v.pipe(v.string(), v.regex(/^\d{1,15}$/, "is not one that this server gave"), v.transform(Number))),
};

/** Without a beginning it would be all of the log. */
export const ReplayRange = v.pipe(
  v.strictObject(range),
  v.forward(
    v.check(({ since, withinMinutes }) => (since ?? withinMinutes) != null, "is required, or withinMinutes"),
    ["since"],
  ),
);
