/** Which accounts and settings a Worker refuses, with which way out; what its sockets' failures are said to mean. */
import { createClient } from "@libsql/client";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { ServerSettings } from "../../src/ports.ts";
import worker from "../../src/runtimes/worker.ts";
import { settingsFault, workerRestrictions } from "../../src/runtimes/worker-restrictions.ts";
import { startSmtpServer } from "../support/smtp-server.ts";
import { WorkerOfTests } from "./dev-worker.ts";

const { accountFault, explain } = workerRestrictions;
const SERVED = { host: "smtp.example.com", port: 587, tlsVerify: null, ca: null };

test.each<[ServerSettings, string, RegExp]>([
  [{ port: 25 }, "port", /port 587 or 465$/],
  [{ host: "sandbox" }, "host", /^is the sandbox, .*: name an SMTP server$/],
  [{ host: "104.16.0.1" }, "host", /Cloudflare's own, .*: run the binary for this account$/],
  [{ tlsVerify: false }, "tls_verify", /: run the binary for this account$/],
  [{ ca: "-----BEGIN CERTIFICATE-----" }, "ca", /: run the binary for this account$/],
])("an account with %j is refused for its %s", (settings, field, reason) => {
  const refused = { field, reason: expect.stringMatching(reason) };
  expect(accountFault({ ...SERVED, ...settings })).toEqual(refused);
  // A patch names only what it changes.
  expect(accountFault(settings)).toEqual(refused);
});

test.each<ServerSettings>([
  SERVED,
  {},
  { port: 465 },
  { port: 2525 },
  { port: null, tlsVerify: null, ca: null },
  { tlsVerify: true },
  { host: "127.0.0.1" },
  { host: "smtp.mx.cloudflare.net", port: 25, tlsVerify: false, suppressSend: true },
])("an account with %j is served", (settings) => {
  expect(accountFault({ ...SERVED, ...settings })).toBeUndefined();
});

/** The first and the last address of networks whose borders fall inside a byte, and other spellings. */
const OF_CLOUDFLARE = [
  ...["103.21.244.0", "103.21.247.255", "104.16.0.0", "104.23.255.255", "104.24.0.0", "104.27.255.255"],
  ...["131.0.72.0", "131.0.75.255", "162.158.0.0", "162.159.255.255", "172.64.0.0", "172.71.255.255"],
  ...["188.114.96.0", "188.114.111.255", "198.41.128.0", "198.41.255.255", "197.234.243.255"],
  ...["0x68.0x10.0.1", "1745879041", "104.16.1", "0150.020.0.1", "104.16.0.1.", "::ffff:104.16.0.1", "64:ff9b::6810:1"],
  ...["2606:4700::1", "[2606:4700:4700::1111]", "2400:CB00:0:0::1", "2a06:98c0::1", "2a06:98c7:ffff::1"],
  ...["cloudflare.net", "smtp.mx.cloudflare.net", "SMTP.MX.Cloudflare.NET", "smtp.mx.cloudflare.net."],
  ...["www.cloudflare.com", "mail.someone.workers.dev", "mail.pages.dev"],
];

test.each(OF_CLOUDFLARE)("%s is Cloudflare's own", (host) => {
  expect(accountFault({ host })?.field).toBe("host");
});

const OF_OTHERS = [
  ...["103.21.243.255", "103.21.248.0", "104.15.255.255", "104.28.0.0", "131.0.71.255", "131.0.76.0"],
  ...["162.157.255.255", "162.160.0.0", "172.63.255.255", "172.72.0.0", "198.41.127.255", "198.42.0.0"],
  ...["2606:4701::1", "2a06:98bf::1", "2a06:98c8::1", "2a00:1450::1"],
  ...["smtp.example.com", "notcloudflare.com", "cloudflare.com.example.org", "workers.dev.example.com", "a b"],
];

test.each(OF_OTHERS)("%s is not Cloudflare's", (host) => {
  expect(accountFault({ host })).toBeUndefined();
});

const REFUSED = "proxy request failed, cannot connect to the specified address";

test.each([
  ["a private host", REFUSED, "10.0.0.1", `${REFUSED} (deployed Workers reach public addresses only)`],
  [
    "a private name",
    "no connection in 30 s",
    "mail.internal",
    /^no connection in 30 s \(deployed Workers reach public/,
  ],
  ["a host that may be Cloudflare's", REFUSED, "mail.example.com", /server refuses.*Cloudflare's own/],
  [
    "a host that a tenant named",
    "the host cannot be reached at a public address",
    "mail.example.com",
    /at a public address other than Cloudflare's own/,
  ],
  ["a relay's port", "Connections to port 25 are prohibited", "mail.example.com", /: use port 587 or 465$/],
  ["itself", "TCP Loop detected", "mail.example.com", /back to this Worker/],
  ["any other failure", "no connection in 30 s", "mail.example.com", "no connection in 30 s"],
])("no connection to %s is put into words", (_, error, host, words) => {
  const said = explain(error, host);
  if (typeof words === "string") expect(said).toBe(words);
  else expect(said).toMatch(words);
});

test("a sandbox is refused by the name of its setting, under either prefix", () => {
  for (const prefix of ["MAIL_PROXY", "GMP"])
    expect(settingsFault(readConfig({ [`${prefix}_SANDBOX`]: "true" }))).toMatch(/^MAIL_PROXY_SANDBOX cannot be true/);
  expect(settingsFault(readConfig({}))).toBeUndefined();
});

describe("in workerd", () => {
  const dev = new WorkerOfTests();
  const { promise } = dev;

  const save = (account: object) =>
    dev.proxy.call("POST", "/account", { tenant_id: "demo", use_tls: false, ...account });

  promise("an account on port 25 is refused", async () => {
    const refused = { status: 422, body: { details: [{ path: "port", message: expect.stringMatching(/^is 25, /) }] } };
    expect(await save({ id: "relay", host: "smtp.example.com", port: 25 })).toMatchObject(refused);
  });

  promise("a private host that refuses is told apart: Workers reach public addresses only", async () => {
    await save({ id: "private", host: "127.0.0.1", port: 1 });
    const words = /^proxy request failed, .* \(deployed Workers reach public addresses only\)$/;
    const { body } = await dev.proxy.call("POST", "/account/private/test?tenant_id=demo");
    const steps = [{ step: "connect", ok: false, detail: expect.stringMatching(words) }];
    expect(body).toMatchObject({ ok: false, steps });

    const message = { id: "m1", tenant_id: "demo", account_id: "private", from: "a@example.com", to: "b@example.net" };
    await dev.proxy.call("POST", "/commands/add-messages", {
      messages: [{ ...message, subject: "Hello", body: "Hi" }],
    });
    await dev.proxy.cron();
    const shown = await dev.proxy.call("GET", "/account/private?tenant_id=demo");
    expect(shown.body).toMatchObject({
      state: "paused",
      last_error: expect.stringMatching(/public addresses only\)$/),
    });
  });

  promise("an account that another process made is shown as paused, and tested without connecting", async () => {
    const server = await startSmtpServer();
    await save({ id: "self-signed", host: "127.0.0.1", port: server.port });
    const database = createClient({ url: dev.proxy.databaseUrl });
    await database.execute("update accounts set tls_verify = 0 where id = 'self-signed'");
    database.close();
    const reason = expect.stringMatching(/^tls_verify cannot be false on Workers/);
    const shown = await dev.proxy.call("GET", "/account/self-signed?tenant_id=demo");
    expect(shown.body).toMatchObject({ state: "paused", last_error: reason });
    const { body } = await dev.proxy.call("POST", "/account/self-signed/test?tenant_id=demo");
    expect(body).toMatchObject({ ok: false, steps: [{ step: "connect", ok: false, detail: reason }] });
    expect(server.connections).toEqual([]);
  });

  for (const [active, status] of [
    ["true", 422],
    ["false", 200],
  ] as const) {
    promise(`while SCHEDULER_ACTIVE is ${active} an account on port 25 is answered ${status}`, async () => {
      const bindings = {
        MAIL_PROXY_API_TOKEN: "token-of-the-test",
        MAIL_PROXY_DATABASE_URL: dev.proxy.databaseUrl,
        MAIL_PROXY_ENCRYPTION_KEY: dev.proxy.encryptionKey,
        MAIL_PROXY_SCHEDULER_ACTIVE: active,
      };
      const account = { id: "relay", tenant_id: "demo", host: "smtp.example.com", port: 25 };
      const headers = { "X-API-Token": "token-of-the-test", "Content-Type": "application/json" };
      const request = new Request("http://worker.test/account", {
        method: "POST",
        headers,
        body: JSON.stringify(account),
      });
      const work: Promise<unknown>[] = [];
      const response = await worker.fetch(request, bindings, { waitUntil: (promise) => void work.push(promise) });
      await Promise.all(work);
      expect(response.status).toBe(status);
    });
  }

  promise("a name without an address is told in plain words, to the admin and to a tenant", async () => {
    const named = { id: "gone", host: "no-such-host.example", port: 587 };
    const detail = async () => {
      const { body } = await dev.proxy.call("POST", "/account/gone/test?tenant_id=demo");
      expect(body).toMatchObject({ ok: false, steps: [{ step: "connect" }] });
      return JSON.stringify(body.steps);
    };
    await save(named);
    expect(await detail()).toMatch(/"no connection: .*Cloudflare's own/);
    const { body } = await dev.proxy.call("POST", "/tenant/demo/api-key", {});
    const headers = { "X-API-Token": String(body.api_key), "Content-Type": "application/json" };
    const saved = await fetch(`${dev.proxy.url}/account`, { method: "POST", headers, body: JSON.stringify(named) });
    expect(saved.status).toBe(200);
    expect(await detail()).toMatch(/"the host cannot be reached .*Cloudflare's own/);
  });
});
