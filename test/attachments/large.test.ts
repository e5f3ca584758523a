import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { beginOffload } from "../../src/attachments/large.ts";
import { rows } from "../../src/db/database.ts";
import { shownStoreUrl } from "../../src/security/sealed-store.ts";
import { startS3 } from "../support/stores.ts";
import { DAY, file, Large, signal, T0 } from "./large-support.ts";

const BODIES = { text: "Hello", html: "<body><p>Hello</p></body>" };

test("nothing is done about large files, and nothing asked, unless the tenant wishes it", async () => {
  const { options } = await Large.open();
  options.db.client.close();
  const message = { pk: "pk", tenantId: "acme", createdAt: T0 };
  for (const config of [null, {}, { enabled: false, action: "reject" as const }])
    expect(await beginOffload(config, message, options)).toBeUndefined();
});

test("what is not over the limit goes as it is; the limit is ten megabytes unless the tenant says otherwise", async () => {
  const large = await Large.open();
  const small = await large.attempt({ max_size_mb: 1 });
  expect(await small.take(0, file("a", 1024 * 1024), T0, signal)).toBe(false);
  expect(await small.take(0, file("a", 1024 * 1024 + 1), T0, signal)).toBe(true);
  const { max_size_mb: _, ...usual } = { max_size_mb: undefined, action: "reject" as const };
  const message = { pk: "other", tenantId: "acme", createdAt: T0 };
  const offload = (await beginOffload({ enabled: true, ...usual }, message, large.options))!;
  expect(await offload.take(0, file("a", 10 * 1024 * 1024), T0, signal)).toBe(false);
  await expect(offload.take(0, file("a", 10 * 1024 * 1024 + 1), T0, signal)).rejects.toMatchObject({ permanent: true });
});

test("a tenant that is to be warned gets a sentence, and the file in the message", async () => {
  const offload = await (await Large.open()).attempt({ action: "warn" });
  expect(await offload.take(0, file("report.pdf", 3 * 1024 * 1024), T0, signal)).toBe(false);
  expect(offload.warnings).toEqual(["report.pdf has 3.0 MB, over the tenant's 0.001 MB"]);
  expect(await offload.texts(BODIES)).toEqual(BODIES);
});

test("a tenant that rejects large files fails the message for good, with the reason", async () => {
  const offload = await (await Large.open()).attempt({ action: "reject" });
  await expect(offload.take(0, file(), T0, signal)).rejects.toMatchObject({
    permanent: true,
    message: "has 2 KB, over the tenant's 0.001 MB",
  });
});

test("a large file goes into the store whole, for nobody else on the machine, and links to it stand in both bodies", async () => {
  const large = await Large.open();
  const offload = await large.attempt();
  expect(await offload.take(0, file("small", 10), T0, signal)).toBe(false);
  expect(await offload.take(1, file("Größe & <b>.pdf"), T0, signal)).toBe(true);
  const [path, ...others] = large.stored;
  expect(others).toEqual([]);
  expect(readFileSync(path!)).toEqual(Buffer.alloc(2_000, 65));
  const { text, html } = await offload.texts(BODIES);
  const until = new Date(T0 + 30 * DAY).toISOString().slice(0, 10);
  const [link] = /https:\/\/mail\.example\.com\/files\/\S+/.exec(text!)!;
  expect(text).toBe(`Hello\n\nLarge attachments to download:\n\nGröße & <b>.pdf (2 KB, until ${until})\n${link}\n`);
  expect(html).toContain(
    `<a href="${link}">Größe &amp; &lt;b&gt;.pdf</a> (2 KB, until ${until})</li></ul></div></body>`,
  );
});

test("a retry needs not fetch what was stored, and writes the same bodies, whatever the clock says", async () => {
  const large = await Large.open();
  const first = await large.attempt();
  await first.take(2, file("b.pdf"), T0, signal);
  await first.take(0, file("a.pdf"), T0 + 5, signal);
  const retry = await large.attempt();
  expect([retry.isStored(0), retry.isStored(1), retry.isStored(2)]).toEqual([true, false, true]);
  expect(await retry.texts(BODIES)).toEqual(await first.texts(BODIES));
  expect(large.stored.length).toBe(2);
});

test("bodies stay the same when a reader's download has shortened the file's life", async () => {
  const large = await Large.open();
  const first = await large.attempt();
  await first.take(0, file(), T0, signal);
  await rows(large.db, "update files set expires_at = :soon, downloads = 1", { soon: T0 + DAY });
  expect(await (await large.attempt()).texts(BODIES)).toEqual(await first.texts(BODIES));
});

test("an upload that broke off is made anew in the same place, under the same link", async () => {
  const large = await Large.open();
  const first = await large.attempt();
  await first.take(0, file(), T0, signal);
  const bodies = await first.texts(BODIES);
  await rows(large.db, "update files set size = 0"); // as it is until the store has all of it
  for (const path of large.stored) rmSync(path);
  const retry = await large.attempt();
  expect(retry.isStored(0)).toBe(false);
  expect(await retry.take(0, file(), T0 + 60_000, signal)).toBe(true);
  expect(await retry.texts(BODIES)).toEqual(bodies);
  expect(large.stored.length).toBe(1);
});

test("two attempts side by side store one file", async () => {
  const large = await Large.open();
  const both = [await large.attempt(), await large.attempt()];
  await Promise.all(both.map((attempt) => attempt.take(0, file(), T0, signal)));
  expect(large.stored.length).toBe(1);
  expect(await both[0]!.texts(BODIES)).toEqual(await both[1]!.texts(BODIES));
});

test("a message that was replaced does not get its former content's files, and their links go on", async () => {
  const large = await Large.open();
  await (await large.attempt()).take(0, file("old.pdf"), T0, signal);
  const replaced = await large.attempt({}, { createdAt: T0 + 1_000 });
  expect(replaced.isStored(0)).toBe(false);
  await replaced.take(0, file("new.pdf"), T0 - 60_000, signal); // a clock that is behind the one that took the message
  expect((await replaced.texts(BODIES)).text).not.toContain("old.pdf");
  expect((await large.attempt({}, { createdAt: T0 + 1_000 })).isStored(0)).toBe(true);
  expect(await rows(large.db, "select filename, expires_at from files order by filename")).toMatchObject([
    { filename: "new.pdf" },
    { filename: "old.pdf", expires_at: T0 + 30 * DAY },
  ]);
});

test("a file within the body stays there, and is told of", async () => {
  const large = await Large.open();
  const offload = await large.attempt();
  expect(await offload.take(0, file("logo.png", 2_000, true), T0, signal)).toBe(false);
  expect([offload.warnings.length, large.stored]).toEqual([1, []]);
});

test("where no link could be made the message fails for good, with nothing stored", async () => {
  const large = await Large.open();
  large.options.publicUrl = undefined;
  const offload = await large.attempt();
  const failure = { permanent: true, message: expect.stringContaining("public_base_url") };
  await expect(offload.take(0, file(), T0, signal)).rejects.toMatchObject(failure);
  expect([large.stored, await rows(large.db, "select 1 from files")]).toEqual([[], []]);
  const based = await large.attempt({ public_base_url: "https://files.example.com/" });
  await based.take(0, file(), T0, signal);
  expect((await based.texts({})).text).toContain("\nhttps://files.example.com/files/");
});

test("a tenant without a store fails the message for good; one whose folder cannot be used, for now", async () => {
  const large = await Large.open();
  const message = { pk: "pk", tenantId: "acme", createdAt: T0 };
  const config = { enabled: true, action: "rewrite" as const, max_size_mb: 0.001 };
  const homeless = (await beginOffload(config, message, large.options))!;
  await expect(homeless.take(0, file(), T0, signal)).rejects.toMatchObject({ permanent: true });
  writeFileSync(`${large.folder}/plain`, "");
  const broken = await large.attempt({ url: `${large.url}/plain` });
  await expect(broken.take(0, file(), T0, signal)).rejects.toMatchObject({ permanent: false });
});

test("a store that takes a file and never answers is given up, and the message tried again", async () => {
  const server = createServer((socket) => void socket.resume()).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const large = await Large.open();
  const offload = await large.attempt({ url: `s3://key:s3cret@bucket?${new URLSearchParams({ endpoint })}` });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const connected = once(server, "connection");
  const failure = offload.take(0, file(), T0, signal).catch((error: unknown) => error);
  await connected;
  await vi.advanceTimersByTimeAsync(31_000);
  expect(await failure).toMatchObject({
    name: "AttachmentError",
    permanent: false,
    message: expect.stringContaining("in time"),
  });
  expect((await large.attempt()).isStored(0)).toBe(false);
});

test("a file that is kept for ever has no end in its link", async () => {
  const large = await Large.open();
  const offload = await large.attempt({ file_ttl_days: 0 });
  await offload.take(0, file(), T0, signal);
  expect((await offload.texts(BODIES)).text).toContain("report.pdf (2 KB)\n");
  expect(await rows(large.db, "select expires_at from files")).toEqual([{ expires_at: null }]);
});

test("over S3: stored without being copied, and linked to by the store itself where the proxy has no URL", {
  timeout: 60_000,
}, async ({ skip, onTestFinished }) => {
  const server = await startS3();
  if ("unavailable" in server) return skip(server.unavailable);
  onTestFinished(server.end);
  const large = await Large.open();
  large.options.publicUrl = undefined;
  const now = Date.now();
  large.options.surroundings = { ...large.options.surroundings, now: Date.now };
  const size = 25 * 1024 * 1024;
  const content = file("large.zip", size);
  const offload = await large.attempt({ url: server.url("/mail") }, { createdAt: now });

  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const looking = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }, 1);
  expect(await offload.take(0, content, now, signal)).toBe(true);
  clearInterval(looking);
  expect(most - before).toBeLessThan(size / 2);

  const { text } = await offload.texts(BODIES);
  const [link] = new RegExp(`${server.endpoint}\\S+`).exec(text!)!;
  // Seven days are the most that S3 grants.
  expect(text).toContain(`until ${new Date(now + 7 * DAY).toISOString().slice(0, 10)}`);
  expect((await (await fetch(link)).arrayBuffer()).byteLength).toBe(size);
  expect(await (await large.attempt({ url: server.url("/mail") }, { createdAt: now })).texts(BODIES)).toEqual({
    ...BODIES,
    ...(await offload.texts(BODIES)),
  });
  expect(JSON.stringify(await rows(large.db, "select * from files"))).not.toContain("S3RVER");
});

test.each([
  ["s3://id:se/cret@bucket", "********"],
  ["s3://id:s3cret@bucket/prefix?region=eu", "s3://id:********@bucket/prefix?region=eu"],
  [
    "az://me@files/a?sv=2021&sig=abc%3D&endpoint=https%3A%2F%2Fh",
    "az://me@files/a?sv=2021&sig=********&endpoint=https%3A%2F%2Fh",
  ],
  ["file:///srv/files", "file:///srv/files"],
])("of the store's URL %s nothing secret is shown", (url, shown) => {
  expect(shownStoreUrl(url)).toBe(shown);
});
