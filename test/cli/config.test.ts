/** The commands on settings: what is in force and why, and what an instance keeps for itself. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandLine, commandLineWithInstance } from "./program.ts";

interface Row {
  setting: string;
  value: string | number | boolean | null;
  from: string;
}

function rowsOf(stdout: string): Record<string, Omit<Row, "setting">> {
  const rows: Row[] = JSON.parse(stdout);
  return Object.fromEntries(rows.map(({ setting, ...row }) => [setting, row]));
}

test("each setting is shown with its value and where that comes from, and no secret is", async () => {
  const { home, run } = commandLineWithInstance({
    MAIL_PROXY_API_TOKEN: "s3cret-token",
    MAIL_PROXY_DATABASE_URL: "libsql://db.example.com?authToken=s3cret",
    MAIL_PROXY_PUBLIC_URL: "https://me:s3cret@mail.example.com",
    GMP_SEND_LOOP_INTERVAL: "2",
  });
  writeFileSync(join(home, "one", "config.json"), '{"PORT": 8123, "DATABASE_TOKEN": "s3cret"}');
  const { code, stdout } = await run("one", "config", "--json");
  expect(code).toBe(0);
  expect(rowsOf(stdout)).toMatchObject({
    API_TOKEN: { value: "********", from: "MAIL_PROXY_API_TOKEN" },
    DATABASE_URL: { value: "libsql://db.example.com", from: "MAIL_PROXY_DATABASE_URL" },
    DATABASE_TOKEN: { value: "********", from: "config.json" },
    PUBLIC_URL: { value: "https://********@mail.example.com", from: "MAIL_PROXY_PUBLIC_URL" },
    ENCRYPTION_KEY: { value: null, from: "made at the first start" },
    PORT: { value: 8123, from: "config.json" },
    POLL_INTERVAL: { value: 2, from: "GMP_SEND_LOOP_INTERVAL" },
    RETRY_DELAYS: { value: "60,300,900,3600,7200", from: "default" },
    CACHE_DISK_DIR: { value: join(home, "one", "cache"), from: "default" },
    EHLO_NAME: { value: expect.stringMatching(/./), from: "default" },
  });
  const table = await run("one", "config");
  expect(table.stdout).toMatch(/^PORT +8123 +config\.json$/m);
  expect(stdout + table.stdout).not.toContain("s3cret");
});

test("secrets out of files are told by their file", async () => {
  const { home, run } = commandLineWithInstance();
  await run("one", "tenants", "list"); // its database, and with it the key, are made
  const rows = rowsOf((await run("one", "config", "--json")).stdout);
  expect(rows.ENCRYPTION_KEY).toEqual({ value: "********", from: join(home, "one", "encryption.key") });
  expect(rows.API_TOKEN).toEqual({ value: "********", from: join(home, "one", "token") });
});

test("serve takes the environment alone, and has no cache on disk unless it is given one", async () => {
  const { home, run } = commandLine({ MAIL_PROXY_HOST: "0.0.0.0" });
  mkdirSync(join(home, "default"));
  writeFileSync(join(home, "default", "config.json"), '{"PORT": 8123}');
  expect(rowsOf((await run("config", "--json")).stdout)).toMatchObject({
    HOST: { value: "0.0.0.0", from: "MAIL_PROXY_HOST" },
    PORT: { value: 8000, from: "default" },
    CACHE_DISK_DIR: { value: null, from: "default" },
    DATABASE_URL: { value: `file:${join(home, "default", "queue.db")}`, from: "default" },
  });
});

test("what is set is kept in config.json, its owner's alone, and goes when it is unset", async () => {
  const { home, run } = commandLineWithInstance();
  const path = join(home, "one", "config.json");
  expect(await run("one", "config", "set", "port", "8123")).toMatchObject({
    code: 0,
    stdout: "PORT is 8123 (from config.json)\n",
    stderr: "",
  });
  await run("one", "config", "set", "MAIL_PROXY_RETRY_DELAYS", "1,2");
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ PORT: "8123", RETRY_DELAYS: "1,2" });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await run("one", "config", "unset", "port")).stdout).toBe("PORT is 8000 (from default)\n");
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ RETRY_DELAYS: "1,2" });
});

test("a bad value and an unknown name are usage errors, and change nothing", async () => {
  const { home, run } = commandLineWithInstance();
  const bad = await run("one", "config", "set", "port", "high");
  expect(bad).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^mail-proxy: MAIL_PROXY_PORT is "high", but must be a whole number from 0 to 65535\n$/,
    ),
  });
  expect(await run("one", "config", "set", "port")).toMatchObject({
    code: 2,
    stderr: "mail-proxy: the value is missing\n",
  });
  const unknown = await run("one", "config", "set", "prot", "1");
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("no setting prot (did you mean PORT?)") });
  expect(() => readFileSync(join(home, "one", "config.json"))).toThrow("ENOENT");
});

test("a value that spoils the config is got rid of by unsetting it", async () => {
  const { home, run } = commandLineWithInstance();
  writeFileSync(join(home, "one", "config.json"), '{"PORT": "high"}');
  const broken = await run("one", "config");
  expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining('PORT in the stored config is "high"') });
  expect((await run("one", "config", "unset", "port")).code).toBe(0);
});

test("where the environment is stronger than what is set, that is said", async () => {
  const { run } = commandLineWithInstance({ MAIL_PROXY_PORT: "9000" });
  const { stdout } = await run("one", "config", "set", "port", "8123");
  expect(stdout).toBe("PORT is 9000 (from MAIL_PROXY_PORT)\n");
});

test("a secret comes from standard input, and is not repeated", async () => {
  const { home, runWith } = commandLineWithInstance();
  const { stdout } = await runWith("a-token\n", "one", "config", "set", "api_token", "-");
  expect(stdout).toBe("API_TOKEN is ******** (from config.json)\n");
  expect(JSON.parse(readFileSync(join(home, "one", "config.json"), "utf8"))).toEqual({ API_TOKEN: "a-token" });
});

test("a running server takes it at its restart, and that is said; names that are no settings stand in its log", async () => {
  const { home, start, run } = commandLineWithInstance({ MAIL_PROXY_PROT: "1", GMP_CLIENT_SYNC_URL: "https://x" });
  writeFileSync(join(home, "one", "config.json"), '{"SANDBOKS": "true"}');
  const proxy = start("start", "one", "--port", "0");
  await proxy.printed(/is ready/);
  const { stderr } = await run("one", "config", "set", "log_level", "debug");
  expect(stderr).toBe("the running server takes it after: mail-proxy restart one\n");
  proxy.child.kill("SIGTERM");
  expect((await proxy.ended).stderr).toContain(
    "no such setting: MAIL_PROXY_PROT (MAIL_PROXY_PORT?), GMP_CLIENT_SYNC_URL (a tenant's: client_base_url, client_sync_path, client_auth), SANDBOKS (SANDBOX?)",
  );
});
