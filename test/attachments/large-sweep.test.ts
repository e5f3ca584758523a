import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { EXPIRED, sweepFiles } from "../../src/attachments/large-sweep.ts";
import { rows } from "../../src/db/database.ts";
import { deleteTenant } from "../../src/tenancy/removal.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { startS3 } from "../support/stores.ts";
import { DAY, file, Large, signal, T0, vault } from "./large-support.ts";

const HOUR = 3_600_000;
const END = T0 + 30 * DAY;

const sweep = ({ options: { db, surroundings } }: Large, now: number, limit = 50) =>
  sweepFiles({ db, vault, surroundings, now, limit });

/** A store that takes everything and deletes nothing: it answers this, or nothing at all. */
async function stubborn(status?: number): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server: Server = createServer((request, response) => {
    request.resume();
    if (request.method === "PUT") return response.writeHead(200).end();
    asked += 1;
    if (status !== undefined) response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `s3://key:s3cret@bucket?${new URLSearchParams({ endpoint })}`, asked: () => asked };
}

async function store(large: Large, count: number, { tenantId = "acme", url = large.url } = {}): Promise<void> {
  for (let at = 0; at < count; at++)
    await (await large.attempt({ url }, { tenantId, pk: `${tenantId}-${at}` })).take(0, file(), T0, signal);
}

const tenants = async (large: Large) =>
  (await rows<{ tenant_id: string }>(large.db, "select tenant_id from files")).map((row) => row.tenant_id);

test("an expired file goes from the store and from the database, an hour later so that a download ends; others stay", async () => {
  const large = await Large.open();
  await store(large, 1);
  await (await large.attempt({ file_ttl_days: 0 }, { pk: "for-ever" })).take(0, file(), T0, signal);
  await (await large.attempt({ file_ttl_days: 31 }, { pk: "longer" })).take(0, file(), T0, signal);
  await sweep(large, END + HOUR - 1);
  expect([large.stored.length, (await tenants(large)).length]).toEqual([3, 3]);
  expect(await sweep(large, END + HOUR)).toEqual({ more: false });
  expect([large.stored.length, (await tenants(large)).length]).toEqual([2, 2]);
});

test("many files go in small batches, which tell whether there are more", async () => {
  const large = await Large.open();
  await store(large, 23);
  const left: number[] = [];
  for (let more = true; more; left.push(large.stored.length)) ({ more } = await sweep(large, END + HOUR));
  expect(left).toEqual([13, 3, 0]);
  await store(large, 3);
  expect(await sweep(large, END + HOUR, 0)).toEqual({ more: false });
  await sweep(large, END + HOUR, 2);
  expect(large.stored.length).toBe(1);
});

test("a store that refuses keeps its own files and nobody else's; a week later it is let alone", async () => {
  const large = await Large.open();
  const { url, asked } = await stubborn(403);
  await store(large, 12, { tenantId: "broken", url });
  await store(large, 12);
  for (let sweeps = 0; sweeps < 3; sweeps++) await sweep(large, END + HOUR);
  expect(new Set(await tenants(large))).toEqual(new Set(["broken"]));
  expect([large.stored, asked()]).toEqual([[], 3]); // one request a sweep, not one a file
  await sweep(large, END + 7 * DAY);
  expect((await tenants(large)).length).toBe(2);
});

test("a store that answers nothing is given up after seconds, and its file comes again", {
  timeout: 30_000,
}, async () => {
  const large = await Large.open();
  const { url, asked } = await stubborn();
  await store(large, 3, { tenantId: "silent", url });
  await store(large, 3);
  await sweep(large, END + HOUR);
  expect([await tenants(large), large.stored, asked()]).toEqual([["silent", "silent", "silent"], [], 1]);
});

test("files of an object store are deleted in it", { timeout: 60_000 }, async ({ skip }) => {
  const server = await startS3();
  if ("unavailable" in server) return skip(server.unavailable);
  onTestFinished(server.end);
  const large = await Large.open();
  large.options.publicUrl = undefined;
  large.options.surroundings = { ...large.options.surroundings, now: Date.now };
  const now = Date.now();
  const offload = await large.attempt({ url: server.url() }, { createdAt: now });
  await offload.take(0, file(), now, signal);
  const [link] = new RegExp(`${server.endpoint}\\S+`).exec((await offload.texts({})).text!)!;
  expect((await fetch(link)).status).toBe(200);
  await sweep(large, now + 30 * DAY + HOUR);
  expect((await fetch(link)).status).toBe(404);
});

test("with a tenant go its files: its links end at once, the files with the next sweep", async () => {
  const large = await Large.open();
  for (const id of ["acme", "zeta"]) await upsertTenant(large.db, vault, { id }, T0);
  await store(large, 1);
  await store(large, 1, { tenantId: "zeta" });
  await deleteTenant(large.db, "acme", { force: true });
  expect(await rows(large.db, "select 1 from files where expires_at > :now", { now: T0 })).toHaveLength(1);
  await sweep(large, T0);
  expect([await tenants(large), large.stored.length]).toEqual([["zeta"], 1]);
});

test("what has expired is found by its index, however many files there are", async () => {
  const large = await Large.open();
  const plan = await rows<{ detail: string }>(large.db, `explain query plan ${EXPIRED}`, { due: T0, limit: 50 });
  expect(plan.map(({ detail }) => detail)).toContainEqual(
    expect.stringMatching(/SEARCH files USING INDEX files_expires/),
  );
});
