import { once } from "node:events";
import { createServer } from "node:https";
import { expect, onTestFinished, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { freePort } from "../support/free-port.ts";
import { listen } from "../support/listen.ts";
import { type Script, startSmtpServer, testCa, testCertificate } from "../support/smtp-server.ts";
import { instanceWithDoctor } from "./doctor.ts";

const OFFERS = { extensions: ["STARTTLS", "AUTH PLAIN LOGIN"] };

async function withServers() {
  const line = await instanceWithDoctor();
  const add = (fields: { id: string } & Record<string, unknown>) =>
    line.core(({ db, vault, ports }) =>
      upsertAccount(db, vault, "shop", { host: "127.0.0.1", port: 25, tls: "none", ...fields }, ports.now()),
    );
  const serve = async (script: Script) => (await startSmtpServer(script)).port;
  return { ...line, add, serve };
}

test("each account's server is met, and what is wrong with one is told with the command that mends it", async () => {
  const { add, serve, doctor } = await withServers();
  const login = { host: "localhost", user: "ann", password: "hunter2", ca: testCa };
  const greeted = {
    answer: ({ verb }: { verb: string }) =>
      verb === "CONNECT"
        ? `220 mx ESMTP ${new Date(Date.now() - 7_200_000).toUTCString().replace("GMT", "+0000")}`
        : undefined,
  };
  await add({ id: "good", ...login, tls: "starttls", port: await serve(OFFERS) });
  await add({ id: "implicit", ...login, tls: "implicit", port: await serve({ ...OFFERS, tls: "implicit" }) });
  await add({ id: "expired", ...login, tls: "starttls", port: await serve({ ...OFFERS, certificate: "expired" }) });
  await add({
    id: "foreign",
    ...login,
    tls: "implicit",
    port: await serve({ ...OFFERS, tls: "implicit", certificate: "elsewhere" }),
  });
  await add({ id: "unknown", ...login, ca: null, tls: "starttls", port: await serve(OFFERS) });
  await add({
    id: "unverified",
    ...login,
    tls_verify: false,
    tls: "starttls",
    port: await serve({ ...OFFERS, certificate: "expired" }),
  });
  await add({
    id: "refused",
    ...login,
    tls: "none",
    port: await serve({
      ...OFFERS,
      answer: ({ verb }) => (verb === "AUTH" ? "535 5.7.8 wrong for hunter-gatherers" : undefined),
    }),
  });
  await add({ id: "clear", ...login, port: await serve(OFFERS) });
  await add({ id: "closed", port: await freePort() });
  await add({ id: "silent", port: await serve({ answer: () => ({ next: "stall" }) }) });
  await add({ id: "late", port: await serve(greeted) });
  const { of, one, stdout, code } = await doctor("--only", "accounts,clock", "--timeout", "4");
  expect(of("accounts").map((text) => text.replace(/:\d{4,5}/, ":0").replace(/\d+ (ms|days)/g, "0 $1"))).toEqual([
    "warning shop/clear: localhost:0: logged in within 0 ms; not encrypted",
    expect.stringMatching(/^failed shop\/closed: 127\.0\.0\.1:0: .*(refused|ECONNREFUSED|connect)/i),
    expect.stringMatching(/^failed shop\/expired: localhost:0: the certificate expired on \d{4}-\d\d-\d\d \(/),
    expect.stringMatching(/^failed shop\/foreign: localhost:0: the certificate is not one for localhost \(/),
    expect.stringMatching(
      /^ok shop\/good: localhost:0: logged in within 0 ms; TLSv1\.3, certificate good for \S+ days more$/,
    ),
    expect.stringMatching(/^ok shop\/implicit: localhost:0: logged in within 0 ms; TLSv1\.3, certificate good for/),
    "ok shop/late: 127.0.0.1:0: no login within 0 ms; not encrypted",
    "failed shop/refused: localhost:0: 535 5.7.8 wrong for hunter-gatherers",
    "failed shop/silent: 127.0.0.1:0: the test took too long",
    expect.stringMatching(/^failed shop\/unknown: localhost:0: the certificate is not trusted \(/),
    expect.stringMatching(/^ok shop\/unverified: .* certificate not verified \(it expired on /),
  ]);
  expect(one(/^shop\/refused/).advice).toBe(
    "give it the right login: mail-proxy one shop accounts update refused --user NAME --password -",
  );
  expect(one(/^shop\/unknown/).advice).toContain("accounts update unknown --ca FILE");
  expect(of("clock")[0]).toMatch(/^warning 127\.0\.0\.1:\d+: this machine's clock is 2 hours ahead/);
  expect(stdout).not.toContain("hunter2");
  expect(code).toBe(1);
});

test("an examination sends nothing, and ends no pause", async () => {
  const { add, core, doctor } = await withServers();
  const server = await startSmtpServer();
  await add({ id: "main", port: server.port });
  const paused = Date.now() + 600_000;
  await core(({ db }) =>
    rows(db, "update accounts set faults = 3, paused_until = :paused, last_error = '454 later', last_error_at = 0", {
      paused,
    }),
  );
  const { of, code } = await doctor("--only", "accounts");
  expect(of("accounts")).toEqual([
    expect.stringMatching(/^ok shop\/main: /),
    expect.stringMatching(/^warning shop\/main: The account pauses after 3 faults of its own: 454 later\./),
  ]);
  expect(code).toBe(0);
  expect(server.messages).toEqual([]);
  expect(await core(({ db }) => rows(db, "select faults, paused_until from accounts"))).toEqual([
    { faults: 3, paused_until: paused },
  ]);
});

test("a limit that is used up, and mail that nobody sends, say why it waits", async () => {
  const { add, core, doctor, call } = await withServers();
  await add({ id: "main", port: await freePort(), limit_per_hour: 5, suppress_send: true });
  await call("POST", "/commands/add-messages", {
    body: {
      messages: [
        {
          id: "m1",
          tenant_id: "shop",
          account_id: "main",
          from: "a@example.com",
          to: "b@example.com",
          subject: "s",
          body: "b",
        },
      ],
    },
  });
  const hourAgo = Date.now() - 400_000;
  await core(async ({ db }) => {
    await rows(db, "update messages set created_at = :hourAgo, deferred_at = :hourAgo", { hourAgo });
  });
  const waiting = await doctor("--only", "queue");
  expect(waiting.one(/^all: messages are due, and nobody sends them/)).toMatchObject({ state: "failed" });
  expect(waiting.one(/^waiting: 1 ready, the first of them for 6 minutes/).state).toBe("ok");
  expect(waiting.code).toBe(1);
  await core(({ db }) => rows(db, "insert into grants select key, :at, 5 from accounts", { at: Date.now() }));
  const limited = await doctor("--only", "accounts");
  expect(limited.one(/its limit for an hour, 5, is used up/)).toMatchObject({ state: "warning" });
  const held = await doctor("--only", "queue");
  expect(
    held.one(/^shop\/main: The account has sent as much as its limit allows, .* waited for 6 minutes/),
  ).toMatchObject({
    state: "warning",
    advice: expect.stringContaining("mail-proxy one shop accounts update main --limit-hour NUMBER"),
  });

  await add({ id: "main", limit_per_hour: 50 });
  await call("PUT", "/tenant/shop", { body: { rate_limits: { hour: 5 } } });
  const heldWithAll = await doctor("--only", "queue");
  expect(heldWithAll.one(/^shop: The tenant has sent as much as its limit allows/)).toMatchObject({
    state: "warning",
    advice: expect.stringContaining("mail-proxy one tenants update shop --limit-hour NUMBER"),
  });
});

test("endpoints are connected to and not called, unless that is wished; a tenant's own key leads nowhere private", async () => {
  const { core, doctor } = await withServers();
  const calls: string[] = [];
  const broken = await listen(async (request) => {
    calls.push(request.method);
    return new Response(null, { status: 500 });
  });
  const secure = createServer(testCertificate("expired"));
  await once(secure.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void secure.close());
  const address = secure.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const urls: Record<string, string> = {
    broken,
    expired: `https://localhost:${port}`,
    gone: `http://127.0.0.1:${await freePort()}`,
    private: broken,
  };
  await core(async ({ db, vault, ports }) => {
    for (const [id, client_base_url] of Object.entries(urls))
      await upsertTenant(db, vault, { id, client_base_url, public_only: id === "private" }, ports.now());
  });
  const { of, code } = await doctor("--only", "endpoints");
  expect(of("endpoints")).toEqual([
    expect.stringMatching(/^ok broken: http:.* is reached, not encrypted/),
    expect.stringMatching(/^failed expired: https:\/\/localhost:\d+ is reached: the certificate expired/),
    expect.stringMatching(/^failed gone: .* cannot be reached/),
    expect.stringMatching(/^failed private: .* cannot be reached: its address is a loopback address$/),
  ]);
  expect(calls).toEqual([]);
  expect(code).toBe(1);
  const called = await doctor("--only", "endpoints,clock", "--call", "--tenant", "broken");
  expect(called.of("endpoints")).toEqual(["failed broken: answers HEAD with HTTP 500"]);
  expect(called.of("clock")).toEqual(["ok broken: agrees with this machine's clock, to half a minute"]);
  expect(calls).toEqual(["HEAD"]);
});

test("webhooks are connected to, and one that was disabled says so with the command that enables it", async () => {
  const { core, call, doctor } = await withServers();
  const url = await listen(async () => new Response());
  const { id } = await call("POST", "/webhooks", { query: { tenant_id: "shop" }, body: { url } });
  const up = await doctor("--only", "webhooks");
  expect(up.of("webhooks")).toEqual([`ok shop/${id}: ${url} is reached, not encrypted`]);
  await core(({ db }) =>
    rows(db, "update webhooks set status = 'disabled', disabled_reason = 'it answered 410', disabled_at = 0"),
  );
  const { findings, code } = await doctor("--only", "webhooks");
  expect(findings).toMatchObject([
    {
      state: "failed",
      subject: `shop/${id}`,
      text: expect.stringContaining("it answered 410"),
      advice: expect.stringContaining(`webhooks update ${id} --enabled`),
    },
  ]);
  expect(code).toBe(1);
});

test("mail whose account was deleted is not forgotten", async () => {
  const { add, core, call, doctor } = await withServers();
  await add({ id: "main", port: await freePort(), suppress_send: true });
  const message = {
    id: "m1",
    tenant_id: "shop",
    account_id: "main",
    from: "a@example.com",
    to: "b@example.com",
    subject: "s",
    body: "b",
  };
  await call("POST", "/commands/add-messages", { body: { messages: [message] } });
  await core(({ db }) => rows(db, "update accounts set deleted_at = 1"));
  const { one } = await doctor("--only", "queue");
  expect(one(/^without an account: 1 message/)).toMatchObject({ state: "failed" });
});
