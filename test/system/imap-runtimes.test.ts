/** The binary in an empty folder, Node and Deno read a mailbox of a real Dovecot over every kind of connection. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { RUNTIMES } from "../runtimes/runtimes.ts";
import { build } from "../runtimes/targets/build.ts";
import { type ProxyProcess, serveWith } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { temporaryFolder } from "../support/database.ts";
import { startDovecot } from "./dovecot.ts";

const USER = "bounces@example.com";
const PASSWORD = "a secret of the tests";
const MAIL = `From: a@example.com\r\nTo: ${USER}\r\nSubject: Hello\r\n\r\nNothing of consequence\r\n`;

let script = "";
beforeAll(async () => {
  script = join(await build(afterAll, "--node"), "mail-proxy.mjs");
});

const PROGRAMS = [
  { name: "the binary", command: async () => [binaryUnderTest()] },
  ...RUNTIMES.map(({ name, command }) => ({
    name,
    async command() {
      const words = await command();
      return words && [...words, script];
    },
  })),
];

test.for(PROGRAMS)(
  "$name reads over TLS from the first byte, STARTTLS and no TLS, as it is told at once",
  async ({ name, command }, { skip }) => {
    const dovecot = await startDovecot({ users: { [USER]: PASSWORD } });
    if ("unavailable" in dovecot) return skip(dovecot.unavailable);
    const words = await command();
    if (words === undefined) return skip(`${name} cannot be had on this machine`);
    const proxy = serveWith(words, temporaryFolder(), {});
    onTestFinished(proxy.kill);
    const { ca, imapPort, imapsPort } = dovecot;
    const save = async (changes: Record<string, unknown>) => {
      const settings = { bounce_enabled: true, bounce_imap_user: USER, bounce_imap_password: PASSWORD, ...changes };
      expect((await proxy.call("PUT", "/instance", settings)).status).toBe(200);
    };
    const tls = {
      bounce_imap_port: imapsPort,
      bounce_imap_ssl: true,
      bounce_imap_tls_verify: true,
      bounce_imap_ca: ca,
    };
    const later = { bounce_imap_port: imapPort, bounce_imap_ssl: false };
    let mails = 0;
    for (const how of [
      { ...tls, bounce_imap_host: "localhost" },
      { ...tls, bounce_imap_host: "127.0.0.1" },
      { ...tls, ...later, bounce_imap_host: "localhost" },
      { ...tls, ...later, bounce_imap_host: "127.0.0.1" },
      { ...tls, bounce_imap_ca: null, bounce_imap_tls_verify: false, bounce_imap_host: "localhost" },
    ]) {
      await save(how);
      await untilState(proxy, { state: "waiting" });
      const before = receivedBy(proxy);
      await dovecot.deliver(USER, MAIL);
      mails += 1;
      await expect.poll(() => receivedBy(proxy), { timeout: 5_000, interval: 20 }).toBeGreaterThan(before);
    }
    expect(await dovecot.sizes(USER)).toHaveLength(mails);

    await save({ ...tls, bounce_imap_ca: null, bounce_imap_host: "localhost" });
    await untilState(proxy, { state: "failing", last_error: expect.stringMatching(/certificate|issuer|self.signed/i) });
    await save({ bounce_imap_password: "not the password", bounce_imap_ca: ca });
    await untilState(proxy, { state: "failing", last_error: expect.stringMatching(/^the login was refused/) });
    expect(proxy.log()).not.toContain("not the password");
    const reloaded = await proxy.call("POST", "/instance/reload-bounce");
    expect(reloaded).toMatchObject({ status: 200, body: { ok: true, mailboxes: 1 } });
    expect(await proxy.stop()).toBe(0);
  },
);

async function untilState(proxy: ProxyProcess, wanted: object): Promise<void> {
  const states = async () => (await proxy.call("GET", "/status")).body.mailboxes;
  await expect.poll(states, { timeout: 20_000 }).toMatchObject([{ id: "instance", ...wanted }]);
}

/** Each mail that comes in has a line. */
function receivedBy(proxy: ProxyProcess): number {
  return proxy.log().match(/mail that came in by .?imap/g)?.length ?? 0;
}
