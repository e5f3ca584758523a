import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storedConfig } from "../../src/cli/settings-found.ts";
import { findAccount, listAccounts } from "../../src/tenancy/accounts.ts";
import { listTenants, upsertTenant } from "../../src/tenancy/tenants.ts";
import { commandLineWithTenant } from "./instance.ts";
import { CTRL_C, DOWN, ENTER, NO_TERMINAL, programAtTerminal } from "./terminal.ts";

const terminalTest = test.skipIf(NO_TERMINAL !== undefined);
const name = (promise: string) => (NO_TERMINAL === undefined ? promise : `${promise} (${NO_TERMINAL})`);

async function anInstance(environment: Record<string, string> = {}) {
  const line = await commandLineWithTenant(environment);
  const prompt = (...args: string[]) => programAtTerminal(args, { home: line.home, environment });
  const account = (id: string) =>
    line.core(async ({ db }) => (await findAccount(db, "shop", id)) ?? expect.fail(`there is no account ${id}`));
  const tenantIds = () => line.core(async ({ db }) => (await listTenants(db)).map(({ id }) => id));
  return { ...line, prompt, account, tenantIds };
}

terminalTest(name("an account is added by answers alone: defaults in brackets, the password never shown"), async () => {
  const { account, prompt } = await anInstance();
  const terminal = prompt("one", "shop", "accounts", "add");
  await terminal.answer("Id of the account [default]", ENTER);
  await terminal.answer("SMTP server", `smtp.example.com${ENTER}`);
  await terminal.answer("Port [587]", `465${ENTER}`);
  await terminal.answer("Encryption", ENTER);
  await terminal.answer("User", `shop@example.com${ENTER}`);
  await terminal.answer("Password of shop@example.com", `hunter2${ENTER}`);
  await terminal.answer("From address [shop@example.com]", ENTER);
  const { code, shown, raw } = await terminal.ended;
  expect({ code, shown }).toEqual({ code: 0, shown: expect.stringContaining("account default is added") });
  expect(raw).not.toContain("hunter2");
  expect(await account("default")).toMatchObject({
    ...{ host: "smtp.example.com", port: 465, tls: "implicit" },
    ...{ user: "shop@example.com", password: expect.any(String), fromAddress: "shop@example.com" },
  });
});

terminalTest(name("a wrong answer is told in the API's words, and asked for again"), async () => {
  const { account, prompt } = await anInstance();
  const terminal = prompt("one", "shop", "accounts", "add", "main");
  await terminal.answer("SMTP server", `smtp example${ENTER}`);
  await terminal.answer("must be a host name or an address", `\u0015relay.example.com${ENTER}`);
  await terminal.answer("Port [587]", `70000${ENTER}`);
  await terminal.answer("must be at most 65535", `\u001525${ENTER}`);
  await terminal.answer("Encryption", DOWN + ENTER);
  await terminal.answer("User", ENTER);
  await terminal.answer("From address", ENTER);
  expect((await terminal.ended).code).toBe(0);
  expect(await account("main")).toMatchObject({
    ...{ host: "relay.example.com", port: 25, tls: "none", user: null, password: null },
  });
});

terminalTest(name("what is wrong is told while it is typed, until it is right"), async () => {
  const { prompt } = await anInstance();
  const terminal = prompt("one", "shop", "accounts", "add", "main");
  await terminal.answer("SMTP server", "smtp example");
  await terminal.answer("must be a host name or an address", ENTER);
  await terminal.answer("must be a host name or an address", "s"); // told below the answer, then behind the question again
  await terminal.answer("must be a host name or an address", `\u0015relay.example.com${ENTER}`);
  await terminal.answer("Port [587]", CTRL_C);
  const { shown } = await terminal.ended;
  expect(shown.slice(shown.indexOf("relay.example.com"))).not.toContain("must be a host name");
});

terminalTest(name("a tenant is added by answers alone"), async () => {
  const { json, prompt } = await anInstance();
  const terminal = prompt("one", "tenants", "add");
  await terminal.answer("Id of the tenant", `crm${ENTER}`);
  await terminal.answer("Name, for people [crm]", `The Shop${ENTER}`);
  await terminal.answer("URL of the application", `https://shop.example.com${ENTER}`);
  await terminal.answer("Path of its report endpoint [/mail-proxy/sync]", ENTER);
  await terminal.answer("How the proxy logs in there", ENTER);
  await terminal.answer("Token", `s3cret${ENTER}`);
  const { code, shown, raw } = await terminal.ended;
  expect({ code, shown }).toEqual({ code: 0, shown: expect.stringContaining("mail-proxy one crm accounts add") });
  expect(raw).not.toContain("s3cret");
  expect(await json("one", "tenants", "show", "crm")).toMatchObject({
    ...{ name: "The Shop", client_base_url: "https://shop.example.com", client_sync_path: "/mail-proxy/sync" },
    client_auth: { method: "bearer", has_token: true },
  });
});

terminalTest(name("only what is missing is asked for where something was given"), async () => {
  const { account, prompt } = await anInstance();
  const terminal = prompt("one", "shop", "accounts", "add", "main", "--host", "h.example", "--user", "u");
  await terminal.answer("Password of u", `hunter2${ENTER}`);
  expect((await terminal.ended).code).toBe(0);
  expect(await account("main")).toMatchObject({ password: expect.any(String), port: 587 });
});

terminalTest(name("a setting and its value are asked for, a secret unseen"), async () => {
  const { instance, prompt } = await anInstance();
  const open = prompt("one", "config", "set");
  await open.answer("Setting", `PROT${ENTER}`);
  await open.answer("did you mean PORT?", `\u0015port${ENTER}`);
  await open.answer("Value of PORT", `high${ENTER}`);
  await open.answer("must be a whole number from 0 to 65535", `\u00158472${ENTER}`);
  expect((await open.ended).shown).toContain("PORT is 8472 (from config.json)");
  const unseen = prompt("one", "config", "set", "api_token");
  await unseen.answer("Value of API_TOKEN", `t-0123456789abcdef${ENTER}`);
  expect((await unseen.ended).raw).not.toContain("0123456789abcdef");
  expect(storedConfig(instance)).toEqual({ PORT: "8472", API_TOKEN: "t-0123456789abcdef" });
});

terminalTest(name("Ctrl-C leaves nothing half done, and the exit code says so"), async () => {
  const { core, prompt } = await anInstance();
  const terminal = prompt("one", "shop", "accounts", "add");
  await terminal.answer("Id of the account", ENTER);
  await terminal.answer("SMTP server", `smtp.example.com${ENTER}`);
  await terminal.answer("Port", CTRL_C);
  expect(await terminal.ended).toMatchObject({ code: 130, shown: expect.stringContaining("nothing was changed") });
  expect(await core(({ db }) => listAccounts(db, "shop"))).toEqual([]);
});

terminalTest(name("what deletes asks first, and Enter alone is no"), async () => {
  const { home, tenantIds, prompt } = await anInstance();
  const unsure = prompt("one", "tenants", "delete", "shop");
  await unsure.answer("Delete the tenant shop", ENTER);
  expect(await unsure.ended).toMatchObject({ code: 1, shown: expect.stringContaining("nothing was changed") });
  expect(await tenantIds()).toEqual(["shop"]);
  const sure = prompt("one", "tenants", "delete", "shop");
  await sure.answer("Delete the tenant shop", "y");
  expect((await sure.ended).code).toBe(0);
  expect(await tenantIds()).toEqual([]);
  const whole = prompt("delete", "one");
  await whole.answer("with all its messages and keys?", "y");
  expect((await whole.ended).code).toBe(0);
  expect(existsSync(join(home, "one"))).toBe(false);
});

terminalTest(name("at a terminal states have colours and moments are local, not so with NO_COLOR"), async () => {
  const { prompt } = await anInstance();
  const { raw, shown } = await prompt("one", "tenants", "show", "shop").ended;
  expect(raw).toContain("\u001b[32mtrue");
  expect(shown).toMatch(/created_ts +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/);
  const plain = await anInstance({ NO_COLOR: "1" });
  expect((await plain.prompt("one", "tenants", "show", "shop").ended).raw).not.toContain("\u001b");
});

terminalTest(
  name("what a table has too much of for the terminal is left out, and an escape sequence never gets through"),
  async () => {
    const { core, home } = await anInstance();
    const name = `\u001b]0;owned\u0007\u009b31m${"long name ".repeat(20)}`;
    await core(({ db, vault, ports }) => upsertTenant(db, vault, { id: "shop", name }, ports.now()));
    const { raw, shown } = await programAtTerminal(["one", "tenants", "list"], { home, columns: 40 }).ended;
    expect(raw).not.toContain("\u001b]0");
    expect(raw).not.toContain("\u009b");
    const lines = shown.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
  },
);
