import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { watchLog } from "../support/log.ts";
import { ADMIN, type CallOptions, message, testApi } from "./support.ts";

const SECRET = "s3cr3tThatMustNotLeave";

test("no secret that was given comes back: not in an answer, an error, the log of commands, a log line, a table", async () => {
  const { records: logged } = await watchLog();
  const api = await testApi();
  const answers: string[] = [];
  const call = async (method: string, path: string, options: CallOptions = {}) => {
    const answer = await api.call(method, path, options);
    answers.push(answer.text, JSON.stringify([...answer.headers]));
    return answer;
  };

  const client_auth = { method: "basic", token: SECRET, user: "u", password: SECRET };
  await call("POST", "/tenant", { json: { id: "acme", client_auth, webhook_secret: SECRET } });
  await call("PUT", "/tenant/acme", { json: { client_auth: { token: SECRET, tokn: SECRET } } });
  await call("PUT", "/tenant/acme", { json: { client_base_url: `https://u:${SECRET}@app.example.com` } });
  const stores = { a: `s3://id:${SECRET}@bucket`, b: `az://account@files?sv=2021&sig=${SECRET}` };
  await call("PUT", "/tenant/acme", { json: { stores, large_file_config: { storage_url: stores.a } } });
  await call("PUT", "/tenant/acme", { json: { stores: { a: `s3://id:a/${SECRET}@bucket` } } }); // the slash makes it no URL
  const account = { id: "default", host: "smtp.example.com", password: SECRET, imap_password: SECRET };
  await call("POST", "/account", { json: account });
  await call("POST", "/account", { json: { ...account, password: [SECRET], imap_password: { a: SECRET } } });
  await call("POST", "/account", { json: { ...account, password: `${SECRET}\n` } });
  await call("PUT", "/instance", { json: { bounce_imap_password: SECRET } });
  const auth = { method: "bearer", token: SECRET };
  const attachments = [{ filename: "a", storage_path: "https://a.example/", auth }];
  // What a URL holds is a message's content, as its text is; but a log of commands has no need of it.
  const refused = [{ filename: "a", storage_path: `https://u:${SECRET}@a.example/?token=${SECRET}`, auth }];
  const messages = [message("m", { attachments }), message("refused", { attachments: refused })];
  await call("POST", "/commands/add-messages", { json: { messages } });
  await call("GET", "/messages?include=payload");
  await call("POST", `/commands/suspend?api_key=${SECRET}`);
  await call("GET", "/status", { token: SECRET });
  await call("GET", "/status", { token: null, headers: { Authorization: `Bearer ${SECRET}` } });
  for (const path of [
    "/accounts",
    "/account/default",
    "/tenants",
    "/tenant/acme",
    "/instance",
    "/messages",
    "/metrics",
  ])
    await call("GET", path);
  await call("GET", "/command-log");
  await call("GET", "/command-log/export");

  expect(answers.join("\n")).not.toContain(SECRET);
  expect(answers.join("\n")).not.toContain(ADMIN);
  expect(JSON.stringify(logged)).not.toContain(SECRET);

  const tables = await rows<{ name: string }>(api.service.db, "select name from sqlite_master where type = 'table'");
  for (const { name } of tables) {
    const content = JSON.stringify(await rows(api.service.db, `select * from "${name}"`));
    expect(content.includes(SECRET), `table ${name}`).toBe(false);
    expect(content.includes(ADMIN), `table ${name}`).toBe(false);
  }
});

test("a tenant's key is shown once and then nowhere", async () => {
  const api = await testApi();
  await api.post("/tenant", { id: "acme" });
  const key = String((await api.post("/tenant/acme/api-key", {})).body.api_key);
  await api.post("/commands/run-now", undefined, key);
  const later = await Promise.all(
    ["/tenant/acme", "/tenants", "/command-log", "/command-log/export"].map((path) => api.get(path)),
  );
  expect(later.map(({ text }) => text).join("\n")).not.toContain(key);
  expect(JSON.stringify(await rows(api.service.db, "select * from tenants"))).not.toContain(key);
});

test("a fault of the database gives no values away", async () => {
  const { records: logged } = await watchLog();
  const api = await testApi();
  await api.post("/tenant", { id: "acme" });
  await rows(api.service.db, "drop table accounts");
  const answer = await api.post("/account", { id: "x", host: "smtp.example.com", user: SECRET, password: SECRET });
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain(SECRET);
  expect(logged.length).toBeGreaterThan(0);
  expect(JSON.stringify(logged)).not.toContain(SECRET);
});
