/** Settings of the SMTP ports: what cannot be stops the start, in words. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { commandLine } from "../cli/program.ts";
import { Wire } from "./support.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url));
const CERT = ["--smtp-cert", fixture("localhost"), "--smtp-key", fixture("localhost.key")];
const NO_FILE = fixture("nobody");

test.for([
  [["--smtps-port", "0"], /MAIL_PROXY_SMTPS_PORT needs MAIL_PROXY_SMTP_TLS_CERT and MAIL_PROXY_SMTP_TLS_KEY/],
  [["--smtp-port", "0", "--smtp-cert", fixture("localhost")], /MAIL_PROXY_SMTP_TLS_CERT needs MAIL_PROXY_SMTP_TLS_KEY/],
  [
    ["--smtp-port", "0", "--smtp-key", fixture("localhost.key")],
    /MAIL_PROXY_SMTP_TLS_KEY needs MAIL_PROXY_SMTP_TLS_CERT/,
  ],
  [["--smtp-port", "0", "--smtp-cert", NO_FILE, "--smtp-key", NO_FILE], /MAIL_PROXY_SMTP_TLS_CERT cannot be read: /],
  [
    ["--smtp-port", "0", "--smtp-cert", fixture("localhost"), "--smtp-key", fixture("expired.key")],
    /are no certificate and its key: /,
  ],
  [["--smtp-port", "70000"], /MAIL_PROXY_SMTP_PORT is "70000"/],
] as const)("start with %j says what is wrong, and the next start knows nothing of it", async ([flags, words]) => {
  const { home, run } = commandLine();
  const { code, stderr } = await run("start", "one", "--port", "0", ...flags);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain("PRIVATE KEY");
  expect(existsSync(join(home, "one", "config.json"))).toBe(false);
});

test("a port that is in use is a sentence", async () => {
  const occupant = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void occupant.close());
  await once(occupant, "listening");
  const address = occupant.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const { code, stderr } = await commandLine().run("start", "one", "--port", "0", "--smtp-port", String(port));
  expect(code).toBe(1);
  expect(stderr).toContain(
    `mail-proxy: port ${port} is in use; choose another with --smtp-port or MAIL_PROXY_SMTP_PORT\n`,
  );
});

test("the ports are printed, kept for the next start, and told by status and info", async () => {
  const { start, run } = commandLine();
  const first = start("start", "one", "--port", "0", "--smtp-port", "0", "--smtps-port", "0", ...CERT);
  const [, port] = await first.printed(/SMTP +port (\d+)/);
  await first.printed(/SMTP in TLS +port \d+/);
  const wire = Wire.to({ port: Number(port), host: "127.0.0.1" });
  expect(await wire.reply()).toMatch(/^220 /);
  const { stdout } = await run("status", "one", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ smtp_port: Number(port), smtps_port: expect.any(Number) });
  const info = await run("one", "info", "--json");
  expect(JSON.parse(info.stdout)).toMatchObject({ smtp_port: 0, smtps_port: 0 });
  first.child.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);
  expect(await wire.rest()).toMatch(/^421 4\.3\.2 /);

  const again = start("start", "one");
  await again.printed(/SMTP in TLS +port \d+/);
  again.child.kill("SIGTERM");
  expect((await again.ended).code).toBe(0);
});

test("without a certificate a port that others reach is warned of", async () => {
  const { start } = commandLine();
  const open = start("start", "one", "--host", "0.0.0.0", "--port", "0", "--smtp-port", "0");
  await open.printed(/SMTP +port \d+/);
  open.child.kill("SIGTERM");
  expect((await open.ended).stderr).toMatch(/keys and mails come to port 0 of 0\.0\.0\.0 unencrypted/);
});
