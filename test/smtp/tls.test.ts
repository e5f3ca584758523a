/** Encryption as the account demands it: never less, with a certificate that is checked, and nothing kept from before it. */
import { describe, expect, test } from "vitest";
import type { SmtpAccount, TlsMode } from "../../src/smtp/account.ts";
import { EXTENSIONS, type Script, startSmtpServer, testCa } from "../support/smtp-server.ts";
import { account, byAddress, envelope, MESSAGE, openFault, openSession } from "./support.ts";

const OFFER = ["STARTTLS", "AUTH PLAIN", ...EXTENSIONS];

function serverFor(mode: TlsMode, script: Script = {}) {
  return startSmtpServer({ extensions: OFFER, ...script, ...(mode === "implicit" && { tls: "implicit" as const }) });
}

describe.each(["starttls", "implicit", "opportunistic"] as const)("tls: %s", (tls) => {
  test.each(["127.0.0.1", "localhost"])(
    "a message goes out encrypted, to a host named %s that the CA vouches for",
    async (host) => {
      const server = await serverFor(tls === "opportunistic" ? "starttls" : tls);
      const session = await openSession(account(server.port, { host, tls, ca: testCa, tlsVerify: true }));
      expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
      expect(server.connections[0]?.secure).toBe(true);
    },
  );

  test.each<[string, Script, Partial<SmtpAccount>, RegExp]>([
    ["nobody vouches for", {}, {}, /certificate/i],
    ["is another host's", { certificate: "elsewhere" }, { ca: testCa }, /altnames|IP|host/i],
  ])(
    "a certificate that %s puts the account at fault, and nothing is said to that server",
    async (_, script, more, error) => {
      const server = await serverFor(tls === "opportunistic" ? "starttls" : tls, script);
      const to = account(server.port, { tls, tlsVerify: true, user: "u", password: "secret", ...more });
      const fault = await openFault(to);
      expect(fault).toMatchObject({ stage: "tls", error: expect.stringMatching(error) });
      expect(server.lines.filter((line) => !/^(EHLO|STARTTLS)/.test(line))).toEqual([]);
    },
  );

  test("without verification any certificate will do", async () => {
    const server = await serverFor(tls === "opportunistic" ? "starttls" : tls, { certificate: "elsewhere" });
    const session = await openSession(account(server.port, { tls, tlsVerify: false }));
    expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
    expect(server.connections[0]?.secure).toBe(true);
  });
});

describe.each(["starttls", "implicit"] as const)("tls: %s", (tls) => {
  test("the certificate is verified unless the account says otherwise", async () => {
    const server = await serverFor(tls);
    expect(await openFault(account(server.port, { tls }))).toMatchObject({ stage: "tls" });
  });

  test("a server without TLS puts the account at fault, and never sees the login", async () => {
    const server = await startSmtpServer({ extensions: ["AUTH PLAIN"] });
    const to = account(server.port, { tls, user: "u", password: "secret", connectTimeoutMs: 300 });
    expect(await openFault(to)).toMatchObject({ stage: "tls" });
    expect(server.lines.filter((line) => line.startsWith("AUTH"))).toEqual([]);
    await server.until(() => server.connections[0]?.closed === true);
  });
});

describe("tls: opportunistic", () => {
  test("a server without STARTTLS is spoken to in clear text", async () => {
    const server = await startSmtpServer();
    const session = await openSession(account(server.port, { tls: "opportunistic" }));
    expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
    expect(server.connections[0]?.secure).toBe(false);
  });

  test("an offer of STARTTLS is taken, whoever vouches for the certificate", async () => {
    const server = await serverFor("starttls");
    const session = await openSession(account(server.port, { tls: "opportunistic" }));
    await session.send(envelope(), MESSAGE);
    expect(server.connections[0]?.secure).toBe(true);
    expect(server.messages).toHaveLength(1);
  });

  test("an offer of STARTTLS that then fails is a fault, never clear text", async () => {
    const server = await startSmtpServer({
      extensions: OFFER,
      answer: ({ verb }) => (verb === "STARTTLS" ? "454 4.7.0 not now" : undefined),
    });
    const to = account(server.port, { tls: "opportunistic", user: "u", password: "secret" });
    expect(await openFault(to)).toMatchObject({ stage: "tls", reply: { code: 454, enhanced: "4.7.0" } });
    expect(server.lines).toEqual(["EHLO proxy.test", "STARTTLS"]);
  });
});

test("tls: none does not take an offer of STARTTLS", async () => {
  const server = await serverFor("starttls");
  const session = await openSession(account(server.port));
  expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
  expect(server.connections[0]?.secure).toBe(false);
});

test("what the server offered in clear text counts for nothing afterwards", async () => {
  const server = await startSmtpServer({
    answer: ({ verb, connection }) => {
      if (verb !== "EHLO") return undefined;
      return connection.secure ? "250-x\r\n250 SIZE 10" : "250-x\r\n250-STARTTLS\r\n250-AUTH PLAIN\r\n250 SMTPUTF8";
    },
  });
  const session = await openSession(account(server.port, { tls: "starttls", ca: testCa }));
  expect(server.lines).toEqual(["EHLO proxy.test", "STARTTLS", "EHLO proxy.test"]);
  expect(await session.send(envelope(), MESSAGE)).toMatchObject({ kind: "unsendable", enhanced: "5.3.4" });
});

test("what was slipped in behind the answer to STARTTLS is never read as a reply (CVE-2011-0411)", async () => {
  const slipped = "250-evil\r\n250-AUTH PLAIN\r\n250 SIZE 1\r\n";
  const server = await startSmtpServer({
    extensions: OFFER,
    answer: ({ verb }) => (verb === "STARTTLS" ? { raw: `220 go ahead\r\n${slipped}`, next: "upgrade" } : undefined),
  });
  const session = await openSession(account(server.port, { tls: "starttls", ca: testCa }));
  expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
});

test("what is slipped in just before the handshake breaks it, and is never read as a reply", async () => {
  const server = await startSmtpServer({
    extensions: OFFER,
    answer: ({ verb, connection }) => {
      if (verb !== "STARTTLS") return undefined;
      setImmediate(() => setImmediate(() => connection.socket.write("250-evil\r\n250 AUTH PLAIN\r\n")));
      return { raw: "220 go ahead\r\n", next: "stall" };
    },
  });
  const to = account(server.port, {
    tls: "starttls",
    ca: testCa,
    connectTimeoutMs: 500,
    user: "u",
    password: "secret",
  });
  expect(await openFault(to)).toMatchObject({ stage: "tls" });
  expect(server.connections[0]?.packets.join("")).not.toContain("AUTH");
});

test("a handshake that stalls is given up in the time of a connection attempt", async () => {
  const server = await startSmtpServer({
    extensions: OFFER,
    answer: ({ verb }) => (verb === "STARTTLS" ? { raw: "220 go ahead\r\n", next: "stall" } : undefined),
  });
  const to = account(server.port, { tls: "starttls", ca: testCa, connectTimeoutMs: 100 });
  expect(await openFault(to)).toMatchObject({ stage: "tls", error: "no connection within 100 ms" });
  await server.until(() => server.connections[0]?.closed === true);
});
