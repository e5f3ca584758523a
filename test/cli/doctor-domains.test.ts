import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { judgeDkim } from "../../src/cli/doctor/dkim.ts";
import { judgeDmarc } from "../../src/cli/doctor/dmarc.ts";
import { textsOf } from "../../src/cli/doctor/dns.ts";
import { domainOf, signaturesIn } from "../../src/cli/doctor/sender-domains.ts";
import { judgeSpf, type Spf, termsOf } from "../../src/cli/doctor/spf.ts";
import { upsertAccount } from "../../src/tenancy/accounts-save.ts";
import { startNameServer, type Zone } from "../support/dns-server.ts";
import { freePort } from "../support/free-port.ts";
import { instanceWithDoctor } from "./doctor.ts";

const keyOf = (modulusLength: number) =>
  generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ type: "spki", format: "der" }).toString("base64");
const MX: [number, string][] = [[10, "mx.good.test"]];

/** A chain of includes, one look-up each. */
function chain(length: number): Zone {
  const link = (at: number) => (at < length ? `v=spf1 include:c${at + 1}.test ~all` : "v=spf1 ip4:192.0.2.1 ~all");
  return Object.fromEntries(Array.from({ length }, (_, at) => [`c${at + 1}.test`, { txt: [link(at + 1)] }]));
}

async function withDomains(addresses: string[], host = "127.0.0.1") {
  const line = await instanceWithDoctor();
  await line.core(async ({ db, vault, ports }) => {
    for (const [at, from_address] of addresses.entries())
      await upsertAccount(db, vault, "shop", { id: `a${at}`, host, port: 25, tls: "none", from_address }, ports.now());
  });
  return line;
}

test("what the DNS says of the domains that mail is sent as is read with all that it refers to, and judged", async () => {
  const server = await startNameServer({
    "good.test": { mx: MX, txt: ["unrelated", "v=spf1 include:relay.test mx ip6:2001:DB8::/32 -all"] },
    "mx.good.test": { a: ["192.0.2.9"] },
    "relay.test": { txt: ["v=spf1 ip4:127.0.0.0/8 ?all"] },
    "_dmarc.good.test": { txt: ["v=DMARC1; p=reject; sp=none"] },
    "s1._domainkey.good.test": { txt: [`v=DKIM1; k=rsa; p=${keyOf(2048)}`] },
    "news.good.test": { a: ["192.0.2.1"], txt: ["v=spf1 +all"] },
    "s1._domainkey.news.good.test": { txt: ["v=DKIM1; p="] },
    "long.test": { mx: [[0, "."]], txt: ["v=spf1 include:c1.test -all"] },
    "twice.test": { mx: MX, txt: ["v=spf1 -all", "v=spf1 ~all"] },
    "_dmarc.twice.test": { txt: ["v=DMARC1; rua=mailto:a@twice.test"] },
    "loop.test": { mx: MX, txt: ["v=spf1 redirect=loop.test"] },
    ...chain(11),
  });
  const { doctor } = await withDomains([
    "Ann <ann@good.test>",
    "n@news.good.test",
    "l@long.test",
    "t@twice.test",
    "o@loop.test",
    "x@gone.test",
  ]);
  const { of, code } = await doctor("--only", "domains", "--dns", server, "--dkim-selector", "s1");
  expect(of("domains")).toEqual([
    "ok good.test: takes mail at mx.good.test",
    "ok good.test: SPF record with 2 of 10 look-ups, ends with -all; names 127.0.0.1",
    "ok good.test: DMARC policy reject",
    "ok s1._domainkey.good.test: RSA key of 2048 bits",
    "ok news.good.test: takes mail at its own address, for want of an MX",
    "failed news.good.test: the SPF record lets anybody send (+all)",
    "warning news.good.test: DMARC policy none (of good.test): mail that others forge is delivered all the same",
    "failed s1._domainkey.news.good.test: the key is revoked (RFC 6376 3.6.1)",
    expect.stringMatching(/^warning long\.test: takes no mail \(a null MX\)/),
    expect.stringMatching(/^failed long\.test: the SPF record takes 11 look-ups; beyond 10/),
    expect.stringMatching(/^warning long\.test: there is no DMARC record/),
    expect.stringMatching(/^failed s1\._domainkey\.long\.test: there is no key/),
    "ok twice.test: takes mail at mx.good.test",
    expect.stringMatching(/^failed twice\.test: there are 2 SPF records/),
    "failed twice.test: the DMARC record has no policy",
    expect.stringMatching(/^failed s1\._domainkey\.twice\.test/),
    "ok loop.test: takes mail at mx.good.test",
    "failed loop.test: the SPF record is broken: loop.test includes itself",
    expect.stringMatching(/^warning loop\.test: there is no DMARC record/),
    expect.stringMatching(/^failed s1\._domainkey\.loop\.test/),
    expect.stringMatching(/^failed gone\.test: there is no such domain/),
    expect.stringMatching(/^warning gone\.test: there is no SPF record/),
    expect.stringMatching(/^warning gone\.test: there is no DMARC record/),
    expect.stringMatching(/^failed s1\._domainkey\.gone\.test/),
  ]);
  expect(code).toBe(1);
});

test("without an answer of the DNS a domain is left out, and nothing has failed", async () => {
  const { doctor } = await withDomains(["ann@good.test"]);
  const { of, code } = await doctor("--only", "domains", "--dns", `127.0.0.1:${await freePort()}`, "--timeout", "2");
  expect(of("domains")).toEqual([expect.stringMatching(/^skipped good\.test: no DNS answer \(/)]);
  expect(code).toBe(0);
});

test("a domain that only messages are sent as is found in them, with the key that one of them is signed with", async () => {
  const server = await startNameServer({ "letters.test": { mx: MX } });
  const { core, call, doctor } = await withDomains([]);
  await core(({ db, vault, ports }) =>
    upsertAccount(db, vault, "shop", { id: "main", host: "127.0.0.1", port: 25, tls: "none" }, ports.now()),
  );
  const basics = { tenant_id: "shop", account_id: "main", to: "b@example.com", subject: "s", body: "b" };
  await call("POST", "/commands/add-messages", {
    body: { messages: [{ ...basics, id: "m1", from: "Bob <bob@letters.test>" }] },
  });
  const { one } = await doctor("--only", "domains", "--dns", server);
  expect(one(/^letters\.test: takes mail at mx\.good\.test/).state).toBe("ok");
  expect(one(/^letters\.test: which DKIM keys/)).toMatchObject({
    state: "skipped",
    advice: "name them with --dkim-selector",
  });
  const raw = "DKIM-Signature: v=1; a=rsa-sha256; d=Letters.test;\r\n s=spring; b=abc\r\nFrom: a@b.test\r\n\r\nHi";
  expect(signaturesIn(Buffer.from(raw).toString("base64"))).toEqual([{ domain: "letters.test", selector: "spring" }]);
});

test("the strings of a TXT record are one text, on Bun too, which takes them apart", () => {
  const long = "x".repeat(255);
  expect(textsOf([[long, "y"], ["z"]], "other")).toEqual([`${long}y`, "z"]);
  expect(textsOf([[long], ["y"], ["z"], ["v=spf1 mx "], ["-all"], ["a"], [" b"]], "bun")).toEqual([
    `${long}y`,
    "z",
    "v=spf1 mx -all",
    "a b",
  ]);
});

test.each([
  ["Ann <ann@Example.COM>", "example.com"],
  ["@müller.test", "xn--mller-kva.test"],
  ["example.org", "example.org"],
  ["ann@[192.0.2.1]", undefined],
  ["ann@192.0.2.1", undefined],
  ["ann@localhost", undefined],
  ["*", undefined],
  [null, undefined],
])("the domain of %s is %s", (text, domain) => expect(domainOf(text)).toBe(domain));

test("the terms of an SPF record are read as RFC 7208 4.6.1 has them", () => {
  expect(termsOf("v=spf1 a  -ip4:192.0.2.0/24 MX/28 ~all exp=e.test redirect=r.test (x)")).toEqual([
    { qualifier: "+", name: "a", value: "" },
    { qualifier: "-", name: "ip4", value: "192.0.2.0/24" },
    { qualifier: "+", name: "mx", value: "/28" },
    { qualifier: "~", name: "all", value: "" },
    { qualifier: "+", name: "exp", value: "e.test" },
    { qualifier: "+", name: "redirect", value: "r.test" },
    { qualifier: "+", name: "", value: "" },
  ]);
});

const SPF: Spf = { records: 1, silent: null, lookups: 1, networks: ["192.0.2.0/24"], all: "-", faults: [] };

test.each<[string, Partial<Spf>, string]>([
  ["one in order", {}, "ok"],
  ["none", { records: 0 }, "warning"],
  ["two", { records: 2 }, "failed"],
  ["ten look-ups", { lookups: 10 }, "ok"],
  ["eleven", { lookups: 11 }, "failed"],
  ["+all", { all: "+" }, "failed"],
  ["?all", { all: "?" }, "warning"],
  ["no end", { all: null }, "warning"],
  ["what nobody understands", { faults: ["a term"] }, "failed"],
  ["no answer", { silent: "ETIMEOUT" }, "skipped"],
])("SPF: %s", (_, changes, state) => {
  expect(judgeSpf({ ...SPF, ...changes }, "a.test", []).state).toBe(state);
});

test("whether SPF names an account's server is said with care", () => {
  const said = (address: string) => judgeSpf(SPF, "a.test", [{ host: "mx.test", addresses: [address] }]).text;
  expect(said("192.0.2.7")).toMatch(/; names mx\.test$/);
  expect(said("198.51.100.7")).toMatch(/; does not name mx\.test itself, which may send from other addresses$/);
  expect(judgeSpf(SPF, "a.test", [{ host: "mx.test", addresses: ["2001:db8::1"] }]).state).toBe("ok");
});

test.each([
  ["v=DMARC1; p=quarantine", "a.test", "ok"],
  ["v=DMARC1; p=reject; sp=none", "test", "warning"],
  ["v=DMARC1; p=none; sp=reject", "test", "ok"],
  ["v=DMARC1; p=none", "a.test", "warning"],
  ["v=DMARC1; p=always", "a.test", "failed"],
  ["v=DMARC1", "a.test", "failed"],
])("DMARC %s of %s", (record, at, state) => {
  expect(judgeDmarc({ silent: null, at, records: [record] }, "a.test").state).toBe(state);
});

test.each([
  ["a strong key", [`p=${keyOf(2048)}`], "ok"],
  ["ed25519", ["k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="], "ok"],
  ["1024 bits", [`v=DKIM1; p=${keyOf(1024)}`], "warning"],
  ["512 bits", [`v=DKIM1; p=${keyOf(512)}`], "failed"],
  ["a revoked key", ["v=DKIM1; p="], "failed"],
  ["no key", ["v=DKIM1; p=hello"], "failed"],
  ["something else", ["v=spf1 -all"], "failed"],
  ["two records", ["p=", "p="], "failed"],
])("DKIM: %s", (_, records, state) => {
  expect(judgeDkim({ kind: "found", records }, "s._domainkey.a.test").state).toBe(state);
});
