/** Settings: where a value comes from, what is refused, and which names are taken. */
import { expect, test } from "vitest";
import { ConfigError, findSettings, readConfig, SETTINGS, type Source, unknownSettings } from "../src/config.ts";
import { reason } from "../src/errors.ts";
import { REFERENCE_NAMES } from "../src/settings/reference-names.ts";

function found(name: string, environment: Source, stored: Source = {}) {
  const { value, from } = findSettings(environment, stored).find((setting) => setting.name === name) ?? {};
  return [value, from];
}

function refusal(environment: Source, stored: Source = {}): string {
  try {
    readConfig(environment, stored);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return reason(error);
  }
  throw new Error("it was taken");
}

test("our name wins over the reference's, which wins over what is stored, which wins over the default", () => {
  const everywhere = { MAIL_PROXY_PORT: "1", GMP_PORT: "2" };
  expect(found("PORT", everywhere, { PORT: "3" })).toEqual([1, "MAIL_PROXY_PORT"]);
  expect(found("PORT", { GMP_PORT: "2" }, { PORT: "3" })).toEqual([2, "GMP_PORT"]);
  expect(found("PORT", {}, { PORT: "3" })).toEqual([3, "stored"]);
  expect(found("PORT", {})).toEqual([8000, "default"]);
});

test("what is empty counts as not given", () => {
  expect(found("PORT", { MAIL_PROXY_PORT: "", GMP_PORT: "2" })).toEqual([2, "GMP_PORT"]);
  expect(found("PORT", { MAIL_PROXY_PORT: "" }, { PORT: "3" })).toEqual([3, "stored"]);
});

test("numbers, truths and lists in a file or a binding mean what they say", () => {
  const stored = { PORT: 8123, SANDBOX: true, RETRY_DELAYS: [60, 300], HOST: null };
  expect(readConfig({}, stored)).toMatchObject({
    port: 8123,
    sandbox: true,
    retryDelays: [60, 300],
    host: "127.0.0.1",
  });
});

test.each([
  ["GMP_DB_PATH", "/data/mail_service.db", "databaseUrl", "file:/data/mail_service.db"],
  ["GMP_DB_PATH", "/srv/my mails#1?.db", "databaseUrl", "file:/srv/my%20mails%231%3F.db"],
  ["GMP_DATABASE_URL", "libsql://db.example.com", "databaseUrl", "libsql://db.example.com"],
  ["GMP_SEND_LOOP_INTERVAL", "0.5", "pollInterval", 0.5],
  ["GMP_SEND_INTERVAL", "2", "pollInterval", 2],
  ["GMP_START_ACTIVE", "0", "schedulerActive", false],
  ["GMP_SCHEDULER_ACTIVE", "false", "schedulerActive", false],
  ["GMP_DELIVERY_REPORT_RETENTION_SECONDS", "60", "retentionSeconds", 60],
  ["GMP_BATCH_SIZE_PER_ACCOUNT", "10", "batchSizePerAccount", 10],
  ["GMP_LOG_LEVEL", "INFO", "logLevel", "info"],
  ["GMP_CACHE_DISK_DIR", "/var/cache/mail", "cacheDiskDir", "/var/cache/mail"],
  ["GMP_API_TOKEN", "t", "apiToken", "t"],
])("the reference's %s=%s is taken", (name, raw, key, value) => {
  expect(readConfig({ [name]: raw })).toMatchObject({ [key]: value });
  expect(unknownSettings({ [name]: raw })).toEqual([]);
});

test("every name of the reference stands for a setting that there is", () => {
  const names = Object.values(SETTINGS).map(({ name }) => name as string);
  for (const { setting } of Object.values(REFERENCE_NAMES)) expect(names).toContain(setting);
});

test("the reference's other databases are refused, without their password", () => {
  const said = refusal({ GMP_DB_PATH: "postgresql://mail:s3cret@db/mail" });
  expect(said).toBe('GMP_DB_PATH is "postgresql://********", but must be file:, libsql://, https:// or http:// URL');
});

test("a value that cannot be used is refused by the name it came from", () => {
  expect(refusal({ GMP_PORT: "http" })).toBe('GMP_PORT is "http", but must be a whole number from 0 to 65535');
  expect(refusal({}, { PORT: "70000" })).toBe(
    'PORT in the stored config is "70000", but must be a whole number from 0 to 65535',
  );
});

test("a name that is no setting is told with the nearest one, or with where to say it instead", () => {
  const environment = {
    ...{
      MAIL_PROXY_PROT: "",
      MAIL_PROXY_SOMETHING_ELSE_ALTOGETHER: "",
      GMP_CACHE_DISK_DIRS: "",
      GMP_CLIENT_SYNC_URL: "",
    },
    ...{ MAIL_PROXY_HOME: "", MAIL_PROXY_URL: "", MAIL_PROXY_KEY: "", PATH: "", PORT: "" },
  };
  expect(unknownSettings(environment, { PORT: 1, SANDBOKS: true })).toEqual([
    "MAIL_PROXY_PROT (MAIL_PROXY_PORT?)",
    "MAIL_PROXY_SOMETHING_ELSE_ALTOGETHER",
    "GMP_CACHE_DISK_DIRS (GMP_CACHE_DISK_DIR?)",
    "GMP_CLIENT_SYNC_URL (a tenant's: client_base_url, client_sync_path, client_auth)",
    "SANDBOKS (SANDBOX?)",
  ]);
});
