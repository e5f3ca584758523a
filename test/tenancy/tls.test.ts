import { expect, test } from "vitest";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { findAccount } from "../../src/tenancy/accounts.ts";
import { type AccountPatch, upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { upsertTenant } from "../../src/tenancy/tenants.ts";
import { testDatabase } from "../support/database.ts";

const vault = await openVault(generateKey());
type Words = Pick<AccountPatch, "tls" | "use_tls" | "port">;

/** Saves one patch after the other; answers port and mode that come of it. */
async function after(...patches: Words[]): Promise<string> {
  const db = await testDatabase();
  await upsertTenant(db, vault, { id: "acme" }, 1);
  for (const patch of patches) await upsertAccount(db, vault, "acme", { id: "main", host: "h.example", ...patch }, 1);
  const { port, tls } = (await findAccount(db, "acme", "main"))!;
  return `${port} ${tls}`;
}

test.each<[Words, string]>([
  [{}, "587 opportunistic"],
  [{ port: 25 }, "25 opportunistic"],
  [{ port: 465 }, "465 implicit"],
  [{ port: 465, use_tls: true }, "465 implicit"],
  [{ port: 587, use_tls: true }, "587 starttls"],
  [{ use_tls: true }, "587 starttls"],
  [{ port: 465, use_tls: false }, "465 none"],
  [{ port: 25, use_tls: false }, "25 none"],
  [{ port: 25, use_tls: null, tls: null }, "25 opportunistic"],
  [{ port: 465, tls: "starttls", use_tls: false }, "465 starttls"],
  [{ port: 25, tls: "none", use_tls: true }, "25 none"],
  [{ port: 25, tls: null, use_tls: true }, "25 starttls"],
  [{ tls: "implicit" }, "465 implicit"],
  [{ port: 2465, tls: "implicit" }, "2465 implicit"],
])("a new account with %j gets %s", async (words, result) => {
  expect(await after(words)).toBe(result);
});

test.each<[string, Words[], string]>([
  ["a word alone is read for the stored port", [{ port: 465, tls: "none" }, { use_tls: true }], "465 implicit"],
  ["a word alone is read for the stored port", [{ port: 25 }, { use_tls: true }], "25 starttls"],
  ["the word is taken back", [{ port: 465, tls: "none" }, { tls: null }], "465 implicit"],
  ["the word is taken back", [{ port: 25, tls: "starttls" }, { use_tls: null }], "25 opportunistic"],
  ["tls wins", [{ port: 25 }, { tls: "starttls", use_tls: false }], "25 starttls"],
  ["port and word together", [{ port: 465 }, { port: 25, use_tls: false }], "25 none"],
  ["nothing said keeps both", [{ port: 25, tls: "starttls" }, {}], "25 starttls"],
  ["the same port keeps the mode", [{ port: 465, tls: "starttls" }, { port: 465 }], "465 starttls"],
  ["465 speaks only TLS", [{ port: 587 }, { port: 465 }], "465 implicit"],
  ["465 speaks only TLS", [{ port: 25, tls: "starttls" }, { port: 465 }], "465 implicit"],
  ["leaving 465 never becomes a maybe", [{ port: 465 }, { port: 587 }], "587 starttls"],
  ["none was a decision", [{ port: 25, use_tls: false }, { port: 465 }], "465 none"],
  ["implicit elsewhere was a decision", [{ port: 2465, tls: "implicit" }, { port: 3465 }], "3465 implicit"],
  ["other ports keep the mode", [{ port: 587, tls: "starttls" }, { port: 2525 }], "2525 starttls"],
  ["no port is the default port", [{ port: 465 }, { port: null }], "587 starttls"],
])("on a change, %s: %j gives %s", async (_, patches, result) => {
  expect(await after(...patches)).toBe(result);
});
