import { existsSync, readFileSync, statSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { fileOf, instanceNamed } from "../../src/cli/home.ts";
import { environmentSettings, prepare, regenerateToken, settingsOf, storeFlags } from "../../src/cli/settings.ts";
import { readConfig, unknownSettings } from "../../src/config.ts";
import { reason } from "../../src/errors.ts";
import { temporaryFolder } from "../support/database.ts";

afterEach(() => vi.unstubAllEnvs());

const anInstance = () => instanceNamed(temporaryFolder(), "one");

test("a flag wins over the environment, which wins over what an earlier start stored", () => {
  const instance = anInstance();
  expect(settingsOf(instance).port).toBe(8000);
  storeFlags(instance, { PORT: "8001" });
  expect(settingsOf(instance).port).toBe(8001);
  vi.stubEnv("MAIL_PROXY_PORT", "8002");
  expect(settingsOf(instance).port).toBe(8002);
  expect(settingsOf(instance, { PORT: "8003" }).port).toBe(8003);
});

test("serve takes nothing from what a start has stored", () => {
  const instance = anInstance();
  storeFlags(instance, { SANDBOX: "true", PORT: "8001" });
  expect(settingsOf(instance)).toMatchObject({ sandbox: true, port: 8001 });
  expect(environmentSettings(instance)).toMatchObject({ sandbox: false, port: 8000 });
});

test("who tries the sandbox sees each attempt in the log, unless they said otherwise", () => {
  const instance = anInstance();
  expect(settingsOf(instance).logDeliveryActivity).toBe(false);
  expect(settingsOf(instance, { SANDBOX: "true" }).logDeliveryActivity).toBe(true);
  vi.stubEnv("MAIL_PROXY_LOG_DELIVERY_ACTIVITY", "false");
  expect(settingsOf(instance, { SANDBOX: "true" }).logDeliveryActivity).toBe(false);
});

test("a name that only looks like a setting is found", () => {
  const environment = { MAIL_PROXY_PORT: "1", MAIL_PROXY_PROT: "2", MAIL_PROXY_HOME: "/", GMP_PORT: "3", PATH: "" };
  expect(unknownSettings(environment)).toEqual(["MAIL_PROXY_PROT (MAIL_PROXY_PORT?)"]);
});

test("stored flags add up", () => {
  const instance = anInstance();
  storeFlags(instance, { PORT: "8001" });
  storeFlags(instance, { HOST: "0.0.0.0" });
  expect(settingsOf(instance)).toMatchObject({ port: 8001, host: "0.0.0.0" });
});

test("token and key are made once, are the owner's alone, and stay", () => {
  const instance = anInstance();
  const first = prepare(instance, settingsOf(instance));
  const second = prepare(instance, settingsOf(instance));
  expect([first.token, second.token]).toEqual(["new", "stored"]);
  expect(second.config).toEqual(first.config);
  expect(first.config.apiToken).toMatch(/^mpa_[\w-]{43}$/);
  expect(Buffer.from(first.config.encryptionKey, "base64")).toHaveLength(32);
  for (const file of ["token", "encryption.key"] as const) {
    expect(statSync(fileOf(instance, file)).mode & 0o777).toBe(0o600);
  }
});

test("a token from the environment is not written to disk", () => {
  const instance = anInstance();
  vi.stubEnv("MAIL_PROXY_API_TOKEN", "given-token");
  expect(prepare(instance, settingsOf(instance))).toMatchObject({
    token: "given",
    config: { apiToken: "given-token" },
  });
  expect(existsSync(fileOf(instance, "token"))).toBe(false);
});

test("a remote database without its key is refused, and no key is made up for it", () => {
  const instance = anInstance();
  storeFlags(instance, { DATABASE_URL: "libsql://db.example.com" });
  expect(() => prepare(instance, settingsOf(instance))).toThrow(/MAIL_PROXY_ENCRYPTION_KEY/);
  expect(existsSync(fileOf(instance, "encryption.key"))).toBe(false);
});

test("with everything given there is no instance folder", () => {
  const instance = anInstance();
  vi.stubEnv("MAIL_PROXY_API_TOKEN", "t");
  vi.stubEnv("MAIL_PROXY_ENCRYPTION_KEY", "00".repeat(32));
  vi.stubEnv("MAIL_PROXY_DATABASE_URL", "libsql://db.example.com");
  expect(prepare(instance, environmentSettings(instance)).usesFolder).toBe(false);
  expect(existsSync(instance.folder)).toBe(false);
});

test("the database of a folder with blanks and percent signs is that very file", () => {
  const { databaseUrl } = settingsOf(instanceNamed("/srv/my 100% mails#1", "one"));
  expect(databaseUrl).toBe("file:/srv/my%20100%25%20mails%231/one/queue.db");
});

test("a regenerated token replaces the file", () => {
  const instance = anInstance();
  const { apiToken } = prepare(instance, settingsOf(instance)).config;
  const token = regenerateToken(instance);
  expect(token).not.toBe(apiToken);
  expect(readFileSync(fileOf(instance, "token"), "utf8")).toBe(`${token}\n`);
});

const TIMERS = [
  ...["LEASE_SECONDS", "POLL_INTERVAL", "SYNC_INTERVAL", "SHUTDOWN_SECONDS"],
  ...["SMTP_CONNECT_TIMEOUT", "SMTP_REPLY_TIMEOUT"],
];

test.each(TIMERS)("%s is no longer than a timer can hold, and the error names the bound", (name) => {
  const read = (value: string) => readConfig({ [`MAIL_PROXY_${name}`]: value });
  const [bound = ""] = failure(() => read("99999999999999999")).match(/\d+$/) ?? [];
  expect(() => read(bound)).not.toThrow();
  expect(Number(bound) * 1000 * (name === "SMTP_REPLY_TIMEOUT" ? 5 : 1)).toBeLessThan(2 ** 31);
  const above = String(Number(bound) + 1);
  expect(failure(() => read(above))).toMatch(
    new RegExp(`^MAIL_PROXY_${name} is "${above}", but must be seconds from [\\d.]+ to ${bound}$`),
  );
});

test("no retry waits longer than a year", () => {
  const read = (value: string) => readConfig({ MAIL_PROXY_RETRY_DELAYS: value }).retryDelays;
  expect(read("0,31536000")).toEqual([0, 31_536_000]);
  expect(failure(() => read("60,99999999999999"))).toBe(
    'MAIL_PROXY_RETRY_DELAYS is "60,99999999999999", but must be comma-separated whole seconds from 0 to 31536000 (a year)',
  );
});

function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return reason(error);
  }
  throw new Error("nothing was thrown");
}
