/** The settings in the dashboard: those in force, those that are kept and can be changed, and what the process does. */
import { expect, test } from "vitest";
import { versionText } from "../../src/dashboard/parts/version.ts";
import { ENCRYPTION_KEY, startApp } from "../support/app.ts";
import { browse } from "./browsing.ts";

const HERE = "/dashboard/settings";

test("every setting is shown with its value and where it is from, and of secrets only that they are set", async () => {
  const admin = await browse(await startApp({ RETRY_DELAYS: "60,300" }));
  const text = await admin.text(HERE);
  const row = (name: string) => new RegExp(`${name}</td>(.*?)</tr>`).exec(text)?.[1] ?? "";
  expect(row("MAIL_PROXY_RETRY_DELAYS")).toContain("<td>60,300</td><td>MAIL_PROXY_RETRY_DELAYS</td>");
  expect(row("MAIL_PROXY_BATCH_SIZE_PER_ACCOUNT")).toContain("<td>50</td><td>default</td>");
  expect(row("MAIL_PROXY_ENCRYPTION_KEY")).toContain("set, not shown");
  expect(row("MAIL_PROXY_ENCRYPTION_KEY")).toContain("<code>/run/secrets/encryption_key</code>");
  expect(row("MAIL_PROXY_DATABASE_TOKEN")).toContain("not set");
  expect(text).not.toContain(ENCRYPTION_KEY);
});

test("the version stands there with its commit, and below every page", async () => {
  const admin = await browse(await startApp());
  expect(await admin.text(HERE)).toContain("<dd>0.0.0-test (0123abc)</dd>");
  expect(await admin.text("/dashboard/messages")).toContain("<footer>mail-proxy 0.0.0-test (0123abc)</footer>");
});

test("without a commit it is the version alone", () => {
  expect(versionText({ version: "1.2.3", commit: null })).toBe("1.2.3");
});

test("a setting that is kept is changed, those that nobody touched stay", async () => {
  const proxy = await startApp();
  await proxy.call("PUT", "/instance", { name: "before", bounce_imap_folder: "Bounces", bounce_imap_password: "hush" });
  const admin = await browse(proxy);
  const text = await admin.text(HERE);
  expect(text).toContain('value="Bounces"');
  expect(text).not.toContain("hush");
  const fields = { name: "prod", bounce_imap_folder: "Bounces", default_priority: "1" };
  const saved = await admin.submit(HERE, fields);
  expect(saved.text).toContain("Saved.");
  const { body } = await proxy.call("GET", "/instance");
  expect(body).toMatchObject({
    ...{ name: "prod", default_priority: 1, bounce_imap_folder: "Bounces", bounce_enabled: null },
    has_bounce_imap_password: true,
  });
});

test("what is refused comes back beside its field, as it was put in", async () => {
  const proxy = await startApp();
  const admin = await browse(proxy);
  const answer = await admin.post(HERE, { name: "prod", bounce_return_path: "no address" });
  expect(answer.status).toBe(422);
  const text = await answer.text();
  expect(text).toMatch(/id="bounce_return_path-fault">[^<]+</);
  expect(text).toContain('value="no address"');
  expect((await proxy.call("GET", "/instance")).body.name).toBeNull();
});

test("the page says what the process does, and has it work without waiting for the clock", async () => {
  const proxy = await startApp();
  const admin = await browse(proxy);
  expect(await admin.text(HERE)).toContain("sends and reports");
  expect((await admin.submit(`${HERE}/run-now`, {})).text).toContain("What is due is sent and reported now");
  const idle = await browse(await startApp({ SCHEDULER_ACTIVE: "false" }));
  expect(await idle.text(HERE)).toContain("only takes messages in");
  expect((await idle.submit(`${HERE}/run-now`, {})).text).toContain('class="notice failed"');
});

test("a mailbox stands there with how it is read, and is read anew by a button", async () => {
  const proxy = await startApp();
  const mailbox = { bounce_imap_host: "imap.example.com", bounce_imap_user: "bounces", bounce_imap_password: "hush" };
  await proxy.call("PUT", "/instance", { bounce_enabled: true, ...mailbox });
  const admin = await browse(proxy);
  expect(await admin.text(HERE)).toMatch(/of this instance<\/td><td><span class="badge plain">nobody reads it</);
  expect((await admin.submit(`${HERE}/read-mailboxes`, {})).text).toContain("One mailbox is read anew.");
});

test("a tenant's key has nothing to do with the settings", async () => {
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: "shop" });
  const shop = await browse(proxy, "shop");
  expect((await shop.get(HERE)).status).toBe(403);
  expect((await shop.post(HERE, { name: "mine" })).status).toBe(403);
  expect((await proxy.call("GET", "/instance")).body.name).toBeNull();
});
