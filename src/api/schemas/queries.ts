/** What stands in query strings, and the small bodies of commands. */
import * as v from "valibot";
import { STATUSES } from "../../queue/list.ts";
import { flag, id, line, moment, whole, wholeText } from "./values.ts";

const LONGEST_PAGE = 500;
const DEFAULT_PAGE = "100";
/** The queue counts messages with integers that JSON keeps exactly. */
const NUMBER = /^\d{1,15}$/;

/** For routes that take nothing from the query string: what stands there is a mistake. */
export const NoQuery = v.strictObject({});

export const TenantQuery = v.strictObject({ tenant_id: v.optional(id) });

/** Without a moment it is until somebody resumes it. */
export const PauseQuery = v.strictObject({ tenant_id: v.optional(id), until: v.optional(moment) });

export const ActiveQuery = v.strictObject({ active_only: v.optional(flag) });

export const DeletionQuery = v.strictObject({ tenant_id: v.optional(id), force: v.optional(flag) });

/** Opaque to clients: the place after which the next page begins. */
const cursor = v.pipe(v.string(), v.regex(NUMBER, "is not one that this server gave"), v.transform(Number));

/** Of every list that comes in pages. */
export const page = {
  since: v.optional(moment),
  until: v.optional(moment),
  limit: v.optional(wholeText(1, LONGEST_PAGE), DEFAULT_PAGE),
  cursor: v.optional(cursor),
};

export const MessageQuery = v.strictObject({
  tenant_id: v.optional(id),
  status: v.optional(v.picklist(STATUSES)),
  active_only: v.optional(flag),
  batch_code: v.optional(id),
  account_id: v.optional(id),
  q: v.optional(line(200)),
  include: v.optional(v.picklist(["payload", "events"])),
  ...page,
});

export const OneMessageQuery = v.strictObject({
  tenant_id: v.optional(id),
  include: v.optional(v.picklist(["payload", "preview"])),
});

export const LogQuery = v.strictObject({ tenant_id: v.optional(id), ...page });

export const LogExportQuery = v.strictObject({
  tenant_id: v.optional(id),
  since: v.optional(moment),
  until: v.optional(moment),
});

/** `recipient`: whom the envelope of the mail named, where that is known. */
export const BounceQuery = v.strictObject({ recipient: v.optional(line(320)), tenant_id: v.optional(id) });

/** Without a moment nothing is deleted: that would be all of it. */
export const LogPurgeQuery = v.strictObject({ until: moment });

export const SuspensionQuery = v.strictObject({ tenant_id: v.optional(id), batch_code: v.optional(id) });

export const DeleteMessages = v.strictObject({
  ids: v.pipe(v.array(id), v.maxLength(10_000, "must be at most 10000 ids")),
});

/** Without a number, what the instance keeps finished messages for. */
export const CleanupMessages = v.strictObject({ older_than_seconds: v.nullish(whole(0, 3_153_600_000)) });
