/** Logging in: the method, the account's own words in any script, and no secret in what is told about it. */
import { describe, expect, test } from "vitest";
import type { SmtpAccount } from "../../src/smtp/account.ts";
import { Session } from "../../src/smtp/session.ts";
import { startSmtpServer, testCa } from "../support/smtp-server.ts";
import { startRealServer } from "./real-server.ts";
import { account, byAddress, envelope, MESSAGE, openFault, openSession } from "./support.ts";

const USER = "jürgen@test";
const PASSWORD = "pässwörd 密码 \u{1f511}";

describe("against a real server", () => {
  const accepts = (method: string, { username, password, accessToken, validatePassword }: Credentials) => {
    if (method === "CRAM-MD5") return username === USER && validatePassword?.(PASSWORD) === true;
    return username === USER && (password === PASSWORD || accessToken === PASSWORD);
  };
  interface Credentials {
    username?: string | undefined;
    password?: string | undefined;
    accessToken?: string | undefined;
    validatePassword?: ((password: string) => boolean) | undefined;
  }

  async function realServer() {
    const used: string[] = [];
    const server = await startRealServer({
      authMethods: ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"],
      allowInsecureAuth: true,
      onAuth: (auth, _, done) => {
        used.push(auth.method);
        if (accepts(auth.method, auth as Credentials)) done(null, { user: "u" });
        else done(new Error("authentication failed"), { data: { status: "401" } });
      },
    });
    return { server, used };
  }

  test.each(["plain", "login", "cram-md5", "xoauth2"] as const)(
    "%s logs in with words of any script",
    async (authMethod) => {
      const { server, used } = await realServer();
      const session = await openSession(account(server.port, { user: USER, password: PASSWORD, authMethod }));
      expect(used).toEqual([authMethod.toUpperCase()]);
      expect(byAddress(await session.send(envelope(), MESSAGE))).toEqual({ "b@test": "accepted" });
    },
  );

  test.each(["plain", "login", "cram-md5", "xoauth2"] as const)(
    "a wrong password with %s is the account's fault",
    async (authMethod) => {
      const { server } = await realServer();
      const to = account(server.port, { user: USER, password: "wrong secret", authMethod });
      const fault = await openFault(to);
      expect(fault).toMatchObject({ stage: "auth", reply: { code: 535 } });
      expect(JSON.stringify(fault)).not.toContain("wrong secret");
    },
  );

  test("auto hides the password where the line is clear, and sends it plain where the line is not", async () => {
    const { server, used } = await realServer();
    await openSession(account(server.port, { user: USER, password: PASSWORD }));
    await openSession(account(server.port, { user: USER, password: PASSWORD, tls: "starttls", ca: testCa }));
    expect(used).toEqual(["CRAM-MD5", "PLAIN"]);
  });
});

/** Opens a session with a scripted server that offers `offer`, and tells what was heard after EHLO. */
async function heard(offer: string, more: Partial<SmtpAccount>, reply?: string) {
  const server = await startSmtpServer({
    extensions: [offer],
    answer: ({ verb }) => (verb === "AUTH" || verb === "LOGIN" ? reply : undefined),
  });
  const opened = await Session.open(account(server.port, more));
  if (opened instanceof Session) await opened.quit();
  const lines = server.lines.filter((line) => !/^(EHLO|QUIT)/.test(line));
  return { lines, fault: opened instanceof Session ? undefined : opened };
}

const CREDENTIALS = { user: "user", password: "secret" };

test("without a user there is no login, whatever is offered", async () => {
  expect(await heard("AUTH PLAIN LOGIN", {})).toEqual({ lines: [], fault: undefined });
});

test("a user where no login is offered is a fault that says so", async () => {
  const { lines, fault } = await heard("SIZE", CREDENTIALS);
  expect(fault).toMatchObject({ stage: "auth", error: "the account has a user, but the server offers no login" });
  expect(lines).toEqual([]);
});

test.each([
  ["AUTH LOGIN", "auto", "AUTH LOGIN"],
  ["AUTH=LOGIN", "auto", "AUTH LOGIN"],
  ["AUTH PLAIN LOGIN CRAM-MD5", "login", "AUTH LOGIN"],
  ["AUTH XOAUTH2", "auto", "AUTH XOAUTH2"],
  ["AUTH GSSAPI PLAIN", "auto", "AUTH PLAIN"],
] as const)("of %s, %s takes the method that fits", async (offer, authMethod, command) => {
  const { lines } = await heard(offer, { ...CREDENTIALS, authMethod }, "535 no");
  expect(lines[0]).toMatch(new RegExp(`^${command}`));
});

test.each([
  ["AUTH GSSAPI", "auto", "the server does not offer a login that we know"],
  ["AUTH PLAIN", "cram-md5", "the server does not offer AUTH cram-md5"],
] as const)("of %s, %s finds nothing, says so and sends nothing", async (offer, authMethod, error) => {
  const { lines, fault } = await heard(offer, { ...CREDENTIALS, authMethod });
  expect(fault).toMatchObject({ stage: "auth", error });
  expect(lines).toEqual([]);
});

test("the answer to an XOAUTH2 challenge that tells the fault is empty, and the reply to it counts", async () => {
  const server = await startSmtpServer({
    extensions: ["AUTH XOAUTH2"],
    answer: ({ verb }) =>
      verb === "AUTH" ? "334 eyJzdGF0dXMiOiI0MDAifQ==" : verb === "LOGIN" ? "535 5.7.8 expired" : undefined,
  });
  const fault = await openFault(account(server.port, CREDENTIALS));
  expect(fault).toMatchObject({ stage: "auth", reply: { code: 535, enhanced: "5.7.8", text: "expired" } });
  expect(server.lines.at(-1)).toBe("");
});

test("a token too long for a command line waits to be asked for (RFC 4954 4)", async () => {
  const server = await startSmtpServer({
    extensions: ["AUTH XOAUTH2"],
    answer: ({ verb }) => (verb === "AUTH" ? "334 " : undefined),
  });
  const token = "t".repeat(2000);
  await openSession(account(server.port, { user: "user", password: token }));
  expect(server.lines.slice(1)).toEqual([
    "AUTH XOAUTH2",
    Buffer.from(`user=user\x01auth=Bearer ${token}\x01\x01`).toString("base64"),
  ]);
});

test.each(["se\0cret", "se\x01cret"])("a password that would end its field is not sent: %j", async (password) => {
  const { lines, fault } = await heard("AUTH PLAIN", { user: "user", password });
  expect(fault).toMatchObject({ stage: "auth" });
  expect(lines).toEqual([]);
});

test.each(["plain", "login", "cram-md5", "xoauth2"] as const)(
  "a server that repeats what %s sent it does not make us tell it",
  async (authMethod) => {
    const password = "hunter2 is secret";
    const server = await startSmtpServer({
      extensions: ["AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2"],
      answer: ({ verb, line }) => {
        if (verb === "AUTH" && authMethod !== "plain" && authMethod !== "xoauth2") return "334 Y2hhbGxlbmdl";
        if (verb === "LOGIN" && line === Buffer.from("user").toString("base64")) return "334 ";
        return verb === "AUTH" || verb === "LOGIN" ? `535 5.7.8 not "${line}" nor ${password}` : undefined;
      },
    });
    const told = JSON.stringify(await openFault(account(server.port, { user: "user", password, authMethod })));
    expect(told).toContain("5.7.8");
    for (const secret of [password, `\0user\0${password}`, `user=user\x01auth=Bearer ${password}\x01\x01`]) {
      expect(told).not.toContain(secret);
      expect(told).not.toContain(Buffer.from(secret).toString("base64"));
    }
    expect(told).not.toContain("hunter2");
  },
);
