/** What the pages of accounts say and do, for the admin and for a tenant's key. */
import { expect, test } from "vitest";
import { startApp } from "../support/app.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";
import { browse } from "./browsing.ts";

const HERE = "/dashboard/accounts";
const MAIN = { tenant_id: "shop", id: "main" };
const STRANGE = `<img src=x onerror="alert(1)"> & 'co' / ?`;

async function shop(script: Script = {}, fields: object = {}) {
  const server = await startSmtpServer(script);
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: "shop" });
  await proxy.call("POST", "/account", { ...MAIN, host: "127.0.0.1", port: server.port, use_tls: false, ...fields });
  const add = (id: string) =>
    proxy.call("POST", "/commands/add-messages", {
      messages: [
        {
          id,
          tenant_id: "shop",
          account_id: "main",
          from: "a@example.com",
          to: "b@example.net",
          subject: id,
          body: id,
        },
      ],
    });
  const account = async () => (await proxy.call("GET", "/account/main?tenant_id=shop")).body;
  return { ...proxy, server, add, account };
}

test("the list shows each account with its server, its health and its limits in words", async () => {
  const proxy = await shop({}, { limit_per_hour: 10 });
  await proxy.add("one");
  await proxy.until("one", "sent");
  const text = await (await browse(proxy)).text(HERE);
  expect(text).toContain(`127.0.0.1:${proxy.server.port}`);
  expect(text).toContain(">well<");
  expect(text).toContain("1 of 10 in an hour");
  expect(text).toContain('aria-label="Limit of account main of shop in an hour: 1 of 10 used"');
  expect(text).toContain("1 in a minute, no limit");
});

test("a fault that pauses an account is told in the server's words, with what happens next, and is ended by a button", async () => {
  const proxy = await shop({ answer: ({ verb }) => (verb === "CONNECT" ? "554 5.3.2 <closed>" : undefined) });
  await proxy.add("one");
  while ((await proxy.account()).state !== "paused") await new Promise((resolve) => setTimeout(resolve, 5));
  const admin = await browse(proxy);
  const text = await admin.text(HERE);
  expect(text).toContain("greeting: 554 5.3.2 &lt;closed&gt;");
  expect(text).toContain("Tried again at");
  expect(text).toContain('aria-label="Resume account main of shop"');
  const { location, text: next } = await admin.submit(`${HERE}/resume`, { ...MAIN, back: HERE });
  expect(location).toBe(HERE);
  expect(next).toContain("Account main of shop sends again.");
});

test("an account is paused by hand from its page, for a while or until it is resumed", async () => {
  const proxy = await shop();
  const admin = await browse(proxy);
  const paused = await admin.submit(`${HERE}/pause`, { ...MAIN, seconds: "" });
  expect(paused.location).toBe(`${HERE}/shop/main`);
  expect(paused.text).toContain("Paused by hand until somebody resumes it.");
  expect(await proxy.account()).toMatchObject({ state: "paused", paused_by: "hand", paused_until: null });
  await admin.submit(`${HERE}/resume`, MAIN);
  const hour = await admin.submit(`${HERE}/pause`, { ...MAIN, seconds: "3600" });
  expect(hour.text).toContain("Paused by hand until <time");
  expect((await proxy.account()).paused_until).toBeCloseTo(Date.now() / 1000 + 3_600, -2);
});

test("a connection test shows each step, and the server's words where it failed", async () => {
  const answer: Script["answer"] = ({ verb }) => (verb === "AUTH" ? "535 5.7.8 <no> such user" : undefined);
  const proxy = await shop({ extensions: ["AUTH PLAIN"], answer }, { user: "me", password: "a-long-password" });
  const response = await (await browse(proxy)).post(`${HERE}/test`, { ...MAIN, back: HERE });
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toContain("It went wrong at: login.");
  expect(text).toContain("535 5.7.8 &lt;no&gt; such user");
  expect(text).toMatch(/connecting<\/th><td><span class="badge good">ok/);
  expect(text).toContain(`href="${HERE}">Back`);
  expect(text).toContain(`href="${HERE}/shop/main">Its settings`);
});

test.each(["https://evil.example", "//evil.example", "/elsewhere"])(
  "the way back leads nowhere else: %s",
  async (back) => {
    const proxy = await shop();
    const { location } = await (await browse(proxy)).submit(`${HERE}/resume`, { ...MAIN, back });
    expect(location).toBe(`${HERE}/shop/main`);
  },
);

test("an account is added by its form, and what is refused stands beside its field with nothing lost but secrets", async () => {
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: "shop" });
  const admin = await browse(proxy);
  const typed = {
    tenant_id: "shop",
    id: "new",
    host: "smtp.example.com",
    port: "70000",
    tls: "starttls",
    user: "me",
    password: "a-long-password",
    allowed_senders: "@example.com\n",
    retry_delays: "60, soon",
    limit_behavior: "defer",
  };
  const refused = await admin.post(`${HERE}/new`, typed);
  expect(refused.status).toBe(422);
  const form = await refused.text();
  expect(form).toMatch(/id="port-fault">[^<]*must be at most 65535/);
  expect(form).toMatch(/id="retry_delays-fault">[^<]*must be a number/);
  expect(form).toContain('value="smtp.example.com"');
  expect(form).toContain("@example.com</textarea>");
  expect(form).toContain('<option value="starttls" selected="">');
  expect(form).not.toContain("a-long-password");

  const { location, text } = await admin.submit(`${HERE}/new`, { ...typed, port: "2525", retry_delays: "60, 600" });
  expect(location).toBe(`${HERE}/shop/new`);
  expect(text).toContain("Account new is added");
  expect((await proxy.call("GET", "/account/new")).body).toMatchObject({
    port: 2525,
    tls: "starttls",
    has_password: true,
    allowed_senders: ["@example.com"],
    retry_delays: [60, 600],
    limit_per_day: null,
    suppress_send: false,
  });
});

test("a name that is taken is refused, and the account there is left alone", async () => {
  const proxy = await shop();
  const response = await (await browse(proxy)).post(`${HERE}/new`, { ...MAIN, host: "smtp.example.com" });
  expect(response.status).toBe(422);
  expect(await response.text()).toContain("is taken");
  expect(await proxy.account()).toMatchObject({ host: "127.0.0.1" });
});

test("the form of an account keeps secrets that are left empty, clears them where it is ticked, and changes nothing else", async () => {
  const proxy = await shop({}, { user: "me", password: "a-long-password", limit_per_hour: 5, ttl: 60 });
  const admin = await browse(proxy);
  const form = await admin.text(`${HERE}/shop/main/edit`);
  expect(form).not.toContain("a-long-password");
  expect(form).toContain('placeholder="stored, not shown"');
  const shown = fieldsIn(form);
  expect(shown).toMatchObject({ host: "127.0.0.1", user: "me", limit_per_hour: "5", ttl: "60" });

  const before = await proxy.account();
  const { text: nothing } = await admin.submit(`${HERE}/shop/main/edit`, shown);
  expect(nothing).toContain("Nothing was changed.");
  expect(await proxy.account()).toEqual(before);

  await admin.submit(`${HERE}/shop/main/edit`, { ...shown, limit_per_hour: "", suppress_send: "true" });
  expect(await proxy.account()).toEqual({
    ...before,
    limit_per_hour: null,
    suppress_send: true,
    updated_ts: expect.any(Number),
  });
  await admin.submit(`${HERE}/shop/main/edit`, { ...shown, "clear.password": "true" });
  expect(await proxy.account()).toMatchObject({ has_password: false });
});

test("an account for which mail waits is deleted only where that is wanted", async () => {
  const proxy = await shop();
  const admin = await browse(proxy);
  await admin.submit(`${HERE}/pause`, MAIN);
  await proxy.add("one");
  const refused = await admin.submit(`${HERE}/delete`, MAIN);
  expect(refused.location).toBe(`${HERE}/shop/main`);
  expect(refused.text).toContain("messages wait for account main");
  const { location, text } = await admin.submit(`${HERE}/delete`, { ...MAIN, force: "true" });
  expect(location).toBe(HERE);
  expect(text).toContain("messages that failed with it: 1");
});

test("names that are markup are shown as text, and their pages are found", async () => {
  const proxy = await startApp();
  await proxy.call("POST", "/tenant", { id: STRANGE });
  await proxy.call("POST", "/account", { tenant_id: STRANGE, id: STRANGE, host: "127.0.0.1" });
  const admin = await browse(proxy);
  const list = await admin.text(HERE);
  expect(list).not.toContain("<img");
  const href = `${HERE}/${encodeURIComponent(STRANGE)}/${encodeURIComponent(STRANGE)}`;
  expect(list).toContain(`href="${href.replaceAll("'", "&#39;")}"`);
  const text = await admin.text(href);
  expect(text).toContain("&lt;img src=x");
  expect(text).not.toContain("<img");
  const { location } = await admin.submit(`${HERE}/pause`, { tenant_id: STRANGE, id: STRANGE, back: href });
  expect(decodeURIComponent(location)).toBe(decodeURIComponent(href));
});

test("a tenant's key sees and changes its own accounts alone", async () => {
  const proxy = await shop();
  await proxy.call("POST", "/tenant", { id: "other" });
  await proxy.call("POST", "/account", { tenant_id: "other", id: "theirs", host: "smtp.other.example" });
  const own = await browse(proxy, "shop");
  const list = await own.text(HERE);
  expect(list).toContain("main");
  expect(list).not.toMatch(/theirs|smtp\.other/);
  const theirs = await own.get(`${HERE}/other/theirs`);
  expect(theirs.status).toBe(403);
  expect(await theirs.text()).not.toContain("smtp.other");
  expect((await own.get(`${HERE}/other/theirs/edit`)).status).toBe(403);
  const refused = await own.submit(`${HERE}/pause`, { tenant_id: "other", id: "theirs", back: HERE });
  expect(refused.text).toContain("this key opens only its own tenant");
  expect((await proxy.call("GET", "/account/theirs")).body).toMatchObject({ state: "ok" });
  expect(await own.text(`${HERE}/new`)).not.toContain('name="tenant_id"');
  await own.submit(`${HERE}/new`, {
    id: "mine",
    host: "smtp.example.com",
    limit_behavior: "defer",
    auth_method: "auto",
  });
  expect((await proxy.call("GET", "/account/mine")).body).toMatchObject({ tenant_id: "shop" });
});

/** What a browser would send of the form as it is shown. */
function fieldsIn(html: string): Record<string, string> {
  const form = html.slice(html.indexOf('class="editor"'));
  const inputs = [...form.matchAll(/<input ([^>]*)>/g)]
    .map(([, attributes = ""]) => attributes)
    .filter((attributes) => !attributes.includes('type="checkbox"') || attributes.includes("checked"))
    .map((attributes) => [attribute(attributes, "name"), attribute(attributes, "value")]);
  const areas = [...form.matchAll(/<textarea [^>]*?name="([^"]*)"[^>]*>([^<]*)</g)].map(([, name = "", text]) => [
    name,
    text,
  ]);
  const choices = [...form.matchAll(/<select [^>]*?name="([^"]*)".*?<\/select>/gs)].map(([select, name = ""]) => [
    name,
    /value="([^"]*)" selected/.exec(select)?.[1] ?? "",
  ]);
  return Object.fromEntries([...inputs, ...areas, ...choices]);
}

function attribute(attributes: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
}
