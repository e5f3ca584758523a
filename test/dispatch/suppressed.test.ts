/** Whoever is on the suppression list of a tenant gets none of its mail, and nobody else is kept from it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileServer } from "../attachments/support.ts";
import { startApp } from "../support/app.ts";
import { type Script, startSmtpServer } from "../support/smtp-server.ts";

async function proxy(script: Script = {}, settings: Record<string, string> = {}, account: object = {}) {
  const server = await startSmtpServer(script);
  const app = await startApp(settings);
  await app.call("POST", "/tenant", { id: "acme" });
  const own = { id: "default", tenant_id: "acme", host: "127.0.0.1", use_tls: false, port: server.port, ...account };
  await app.call("POST", "/account", own);
  const add = async (...messages: object[]) => {
    const basics = { from: "app@example.com", subject: "s", body: "Hello" };
    const { body } = await app.call("POST", "/commands/add-messages", {
      messages: messages.map((message) => ({ ...basics, ...message })),
    });
    expect(body).toMatchObject({ queued: messages.length });
  };
  const suppress = (...addresses: string[]) =>
    app.call("POST", "/suppressions", { suppressions: addresses.map((address) => ({ address })) });
  const release = (...addresses: string[]) => app.call("DELETE", "/suppressions", { addresses });
  const reached = () => server.messages.flatMap(({ recipients }) => recipients);
  return { ...app, server, add, suppress, release, reached };
}

const bare = (path: string) => path.replace(/^<|>$/g, "");

test("a suppressed recipient fails alone, before anybody is asked; the others have the message", async () => {
  const { add, suppress, until, server, reached } = await proxy();
  await suppress("gone@example.net");
  await add({ id: "m", to: ["ann@example.net", "gone@example.net"], bcc: "bob@example.net" });
  const message = await until("m", "sent");
  expect(message.recipients).toMatchObject([
    { address: "ann@example.net", status: "sent", code: 250 },
    { address: "gone@example.net", status: "error", code: null, enhanced_code: null, text: "suppressed" },
    { address: "bob@example.net", status: "sent", code: 250 },
  ]);
  expect(reached().map(bare)).toEqual(["ann@example.net", "bob@example.net"]);
  expect(server.lines.join("\n")).not.toMatch(/RCPT TO:<gone/);
});

test("where nobody is left the message ends at once: no attempt, no connection, no slot of a limit", async () => {
  const { add, suppress, until, server, call } = await proxy({}, {}, { limit_per_minute: 1 });
  await suppress("gone@example.net", "lost@example.net");
  await add(
    { id: "a", to: "gone@example.net", tags: { list: "june" } },
    { id: "b", to: ["gone@example.net", "lost@example.net"] },
    { id: "c", to: "lost@example.net" },
  );
  for (const id of ["a", "b", "c"])
    expect(await until(id, "error")).toMatchObject({ error: "suppressed", attempts: 0, outcome_unknown: false });
  expect(server.connections).toHaveLength(0);
  expect((await call("GET", "/account/default")).body).toMatchObject({ sent_last_minute: 0 });
  const { body } = await call("GET", "/messages/a");
  expect(body.events).toMatchObject([
    {
      event: "error",
      error: "suppressed",
      attempt: 0,
      tags: { list: "june" },
      recipients: [{ address: "gone@example.net", status: "error", text: "suppressed" }],
    },
  ]);
});

test("for nobody nothing is fetched", async () => {
  const files = await fileServer(() => "x");
  const { add, suppress, until } = await proxy({}, { ATTACHMENT_ALLOW: "127.0.0.0/8" });
  await suppress("gone@example.net");
  const attachments = [{ filename: "a.txt", storage_path: files.url }];
  await add({ id: "gone", to: "gone@example.net", attachments });
  await add({ id: "ann", to: ["gone@example.net", "ann@example.net"], attachments });
  await until("gone", "error");
  await until("ann", "sent");
  expect(files.requests).toHaveLength(1);
});

test("accounts that never connect, or wait for receipts, send to suppressed recipients no more than others", async () => {
  const { add, suppress, until, call, server } = await proxy();
  await suppress("gone@example.net");
  const port = server.port;
  const basics = { tenant_id: "acme", host: "127.0.0.1", use_tls: false, port };
  await call("POST", "/account", { ...basics, id: "mute", suppress_send: true });
  await call("POST", "/account", { ...basics, id: "pec", is_pec_account: true });
  await add({ id: "a", account_id: "mute", to: "gone@example.net" });
  await add({ id: "b", account_id: "pec", to: "gone@example.net" });
  for (const id of ["a", "b"]) expect(await until(id, "error")).toMatchObject({ error: "suppressed", attempts: 0 });
  expect(server.connections).toHaveLength(0);
});

test("sent again by hand they are still suppressed; taken off the list first, the message goes", async () => {
  const { add, suppress, release, until, call, reached } = await proxy();
  await suppress("gone@example.net");
  await add({ id: "m", to: ["ann@example.net", "gone@example.net"] });
  await until("m", "sent");
  await call("POST", "/messages/m/retry");
  const again = await until("m", "sent");
  expect(again.recipients).toMatchObject([{ status: "sent" }, { status: "error", text: "suppressed" }]);
  await release("gone@example.net");
  await call("POST", "/messages/m/retry");
  const all = await until("m", "sent");
  expect(all.recipients).toMatchObject([{ status: "sent" }, { status: "sent" }]);
  expect(reached().map(bare)).toEqual(["ann@example.net", "gone@example.net"]);
});

test("what waits for a retry ends where its last open recipient is suppressed meanwhile", async () => {
  const { add, suppress, until, reached } = await proxy(
    { answer: ({ verb, line }) => (verb === "RCPT" && line.includes("late") ? "450 4.2.0 later" : undefined) },
    { RETRY_DELAYS: "1" },
  );
  await add({ id: "some", to: ["ann@example.net", "late@example.net"] }, { id: "none", to: "late@example.net" });
  await until("some", "deferred");
  await until("none", "deferred");
  await suppress("late@example.net");
  expect(await until("some", "sent")).toMatchObject({
    attempts: 1,
    recipients: [{ status: "sent" }, { status: "error", text: "suppressed" }],
  });
  expect(await until("none", "error")).toMatchObject({ attempts: 1, error: "suppressed" });
  expect(reached().map(bare)).toEqual(["ann@example.net"]);
});

test("what a server said goes before our own list as the message's error", async () => {
  const { add, suppress, until } = await proxy({
    answer: ({ verb }) => (verb === "RCPT" ? "550 5.1.1 nobody" : undefined),
  });
  await suppress("gone@example.net");
  await add({ id: "m", to: ["gone@example.net", "ann@example.net"] });
  expect(await until("m", "error")).toMatchObject({ error: "550 5.1.1 nobody", attempts: 1 });
});

const SPELLINGS: [what: string, listed: string, recipient: string, isSame: boolean][] = [
  ["upper case", "Ann@Example.NET", "aNN@eXAMPLE.net", true],
  ["a domain listed in Unicode", "ann@münchen.example", "ann@xn--mnchen-3ya.example", true],
  ["a domain listed in ASCII", "ann@xn--mnchen-3ya.example", "Ann@MÜNCHEN.example", true],
  ["a local part beyond ASCII in upper case", "élise@example.net", "ÉLISE@example.net", true],
  ["quotes that are not needed", "ann@example.net", '"ann"@example.net', true],
  ["quotes that were not needed on the list", '"a\\nn.lee"@example.net', "ann.lee@example.net", true],
  ["quotes that are needed", '"Ann Lee"@example.net', '"ann lee"@example.net', true],
  ["a plus address, which is not folded", "ann@example.net", "ann+june@example.net", false],
  ["another host of the domain", "ann@example.net", "ann@mail.example.net", false],
];
test.each(SPELLINGS)("%s", async (_, listed, recipient, isSame) => {
  const { add, suppress, until } = await proxy();
  await suppress(listed);
  await add({ id: "m", to: recipient });
  await until("m", isSame ? "error" : "sent");
});

test("another tenant's list, and an entry that has expired, keep nobody's mail back", async () => {
  const { add, until, call, db } = await proxy();
  await call("POST", "/tenant", { id: "globex" });
  await call("POST", "/suppressions", { tenant_id: "globex", address: "ann@example.net" });
  await call("POST", "/suppressions", { tenant_id: "acme", address: "bob@example.net", expires_ts: "2999-01-01" });
  await db.client.execute("update suppressions set expires_at = 1 where address = 'bob@example.net'");
  await add({ id: "m", tenant_id: "acme", to: ["ann@example.net", "bob@example.net"] });
  const { recipients } = await until("m", "sent");
  expect(recipients).toMatchObject([{ status: "sent" }, { status: "sent" }]);
});

test("of a thousand recipients exactly the suppressed ones fail", async () => {
  const { add, suppress, until, reached } = await proxy();
  const all = Array.from({ length: 1_000 }, (_, n) => `r${n}@example.net`);
  const gone = all.filter((_, n) => n % 3 === 0);
  await suppress(...gone);
  await add({ id: "m", to: all });
  await until("m", "sent");
  expect(reached().map(bare).sort()).toEqual(all.filter((address) => !gone.includes(address)).sort());
});

test("after any mix exactly those who are not on the list have the mail", { timeout: 60_000 }, async () => {
  const { add, suppress, release, until, reached, server } = await proxy();
  const people = ["ann@example.net", "Bob@Example.net", "eva@münchen.example", "élise+june@example.net"];
  const mails = fc.array(fc.subarray(people, { minLength: 1 }), { minLength: 1, maxLength: 6 });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.subarray(people), mails, async (gone, each) => {
      round += 1;
      await release(...people);
      await suppress(...gone);
      server.messages.length = 0;
      await add(...each.map((to, n) => ({ id: `${round}-${n}`, to })));
      const left = each.map((to) => to.filter((address) => !gone.includes(address)));
      await Promise.all(left.map((to, n) => until(`${round}-${n}`, to.length > 0 ? "sent" : "error")));
      const arrived = reached().map((path) => Buffer.from(bare(path), "latin1").toString());
      expect(arrived.sort()).toEqual(left.flat().sort());
    }),
    { numRuns: 25 },
  );
});
