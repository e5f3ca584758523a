/**
 * Takes over the messages that wait.
 *
 * 1. Those that are here already, by their ids, are left as they are: what was sent since is not sent twice.
 * 2. Each is held against the API's own admission first: what it refuses is told, and nothing is reported as an error.
 * 3. The others are added through the API, in its batches.
 */
import * as v from "valibot";
import { noFolder } from "../../api/add-messages.ts";
import { admit, isRejection } from "../../api/admission.ts";
import { MessagesAdded } from "../../api/schemas/answers-messages.ts";
import { presentIds } from "../../queue/present.ts";
import { type Contents, Directory } from "../../tenancy/directory.ts";
import type { Known, KnownTenant } from "../../tenancy/resolve.ts";
import { ownerOf } from "./account-row.ts";
import { Again } from "./again.ts";
import type { Import } from "./import.ts";
import { convertMessage } from "./message-row.ts";
import type { Fields } from "./source.ts";

type Body = Record<string, unknown>;

/** Of one call: what it holds is in memory several times. */
const SLICE_BYTES = 4 * 1024 * 1024;

export interface Pages {
  rows: AsyncIterable<readonly Fields[]>;
  /** The accounts' ids by their keys in the reference's database. */
  accounts: ReadonlyMap<unknown, string>;
  /** Takes how many were looked at. */
  looked(count: number): void;
}

export async function importMessages(into: Import, { rows, accounts, looked }: Pages): Promise<void> {
  const contents = await new Directory(into.core.db).recent(into.core.ports.now());
  const known = withPlanned(contents.known, into.planned);
  const seen = new Set<string>();
  const again = new Again(into);
  let count = 0;
  for await (const page of rows) {
    const bodies = page.flatMap((row) => converted(into, row, accounts, seen));
    const fresh = await absent(into, bodies, again);
    const admitted = acceptable(into, fresh, { ...contents, known });
    for (const slice of slices(into, admitted)) await add(into, slice);
    count += page.length;
    looked(count);
  }
}

function converted({ tally, only }: Import, row: Fields, accounts: Pages["accounts"], seen: Set<string>): Body[] {
  const message = convertMessage(row, accounts);
  if ("refused" in message) {
    if (only === undefined || ownerOf(row) === only) tally.leftOut("messages", shown(row), message.refused);
    return [];
  }
  const { body } = message;
  if (only !== undefined && body.tenant_id !== only) return [];
  if (seen.size < seen.add(JSON.stringify([body.tenant_id, body.id])).size) return [body];
  tally.leftOut("messages", shown(body), "another message that waits has this id");
  return [];
}

/** Those that are not here yet, and were not. */
async function absent({ core, tally }: Import, bodies: readonly Body[], again: Again): Promise<Body[]> {
  const missing: Body[] = [];
  for (const tenantId of new Set(bodies.map(({ tenant_id }) => String(tenant_id)))) {
    const own = bodies.filter(({ tenant_id }) => tenant_id === tenantId);
    const here = await presentIds(core.db, tenantId, own.map(idOf));
    const fresh = own.filter((body) => !here.has(idOf(body)));
    tally.there("messages", own.length - fresh.length);
    const fault = fresh.length === 0 ? undefined : await again.fault(tenantId);
    if (fault === undefined) missing.push(...fresh);
    else for (const body of fresh) tally.leftOut("messages", shown(body), fault);
  }
  return missing;
}

function idOf({ id }: Body): string {
  return String(id);
}

/** Those that the API will take. */
function acceptable({ core, tally }: Import, bodies: readonly Body[], { known, defaultPriority }: Contents): Body[] {
  const { config, ports } = core;
  const defaults = {
    tenantId: undefined,
    batchPriority: undefined,
    instancePriority: defaultPriority ?? config.defaultPriority,
    expiryMs: config.expirySeconds * 1000,
    now: ports.now(),
    pks: bodies.map(() => ""),
    requestId: "",
    filesFault: noFolder(config),
    publicUrl: config.publicUrl,
  };
  const entries = admit(bodies, defaults, known);
  return bodies.filter((body, at) => {
    const entry = entries[at];
    if (entry === undefined || !isRejection(entry)) return true;
    tally.leftOut("messages", shown(body), entry.reason);
    return false;
  });
}

/** Batches that the API takes; a message that is too large for any of them is left out. */
function* slices({ core, tally }: Import, bodies: readonly Body[]): Generator<Body[]> {
  const { maxBatch, maxBodyBytes } = core.config;
  const most = Math.min(SLICE_BYTES, maxBodyBytes);
  let slice: Body[] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(JSON.stringify(body)) + 64;
    if (size > maxBodyBytes) {
      tally.leftOut("messages", shown(body), `is larger than MAX_BODY_BYTES (${maxBodyBytes})`);
      continue;
    }
    if (slice.length > 0 && (bytes + size > most || slice.length >= maxBatch)) {
      yield slice;
      [slice, bytes] = [[], 0];
    }
    slice.push(body);
    bytes += size;
  }
  if (slice.length > 0) yield slice;
}

async function add({ call, dryRun, tally }: Import, messages: readonly Body[]): Promise<void> {
  if (dryRun) return tally.taken("messages", messages.length);
  const { queued, rejected } = v.parse(
    MessagesAdded,
    await call("POST", "/commands/add-messages", { body: { messages } }),
  );
  tally.taken("messages", queued);
  for (const { id, reason } of rejected) tally.leftOut("messages", String(id), reason);
}

/** As it is once the tenants and accounts are saved, which in a dry run they are not. */
function withPlanned(known: Known, planned: Import["planned"]): Known {
  const merged = new Map<string, KnownTenant>(known);
  for (const [id, tenant] of planned) {
    const there = known.get(id);
    merged.set(id, { ...(there ?? tenant), accounts: new Map([...tenant.accounts, ...(there?.accounts ?? [])]) });
  }
  return merged;
}

function shown({ tenant_id, id, pk }: Fields): string {
  return `${ownerOf({ tenant_id })}/${id ?? pk}`;
}
