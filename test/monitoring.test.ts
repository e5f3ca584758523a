/** What docs/monitoring gives to Prometheus and Grafana, held against what is really there, and against Prometheus's own tool. */
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { rows } from "../src/db/database.ts";
import { type Family, families } from "./api/prometheus.ts";
import { apiWithTenant, message } from "./api/support.ts";
import { temporaryFolder } from "./support/database.ts";

const ALERTS = "docs/monitoring/alerts.yml";
const PROMTOOL = "promtool is not on this machine (Debian's package prometheus has it)";
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
const promtool = (...args: string[]) => promisify(execFile)("promtool", args);

/** With something to show everywhere. */
async function metrics(): Promise<string> {
  const { api } = await apiWithTenant();
  const { db, durations, mails } = api.service;
  await api.add([message("a"), { id: "bad" }]);
  await rows(db, "update accounts set faults = 1, paused_until = 9e15");
  await rows(db, `insert into counters values ('gmp_sent_total', 'x"\\' || char(10) || 'y', 'default', 3)`);
  for (const ms of [1, 700, 90_000, 9e9]) durations.observe("mail_proxy_delivery_seconds", ms);
  mails.accepted = 2;
  return (await api.get("/metrics")).text;
}

/** Every name of ours in a text, without what a histogram puts behind it. */
function namesIn(text: string): string[] {
  const found = text.match(/\b(?:gmp|mail_proxy)_[a-z_]+/g) ?? [];
  return [...new Set(found.map((name) => name.replace(/_(bucket|sum|count)$/, "")))].sort();
}

const value = (all: readonly Family[], name: string, labels: Record<string, string> = {}) =>
  all
    .flatMap(({ samples }) => samples)
    .find((sample) => sample.name === name && Object.entries(labels).every(([key, one]) => sample.labels[key] === one))
    ?.value;

test("a strict reader takes what is exposed, and finds in it what there is", async () => {
  const all = families(await metrics());
  expect(all.length).toBeGreaterThan(20);
  expect(value(all, "gmp_sent_total", { tenant_id: 'x"\\\ny' })).toBe(3);
  expect(value(all, "gmp_errors_total", { tenant_id: "acme", account_id: "" })).toBe(1);
  expect(value(all, "mail_proxy_messages", { state: "ready" })).toBe(1);
  expect(value(all, "mail_proxy_account_paused", { account_id: "default" })).toBe(1);
  expect(value(all, "mail_proxy_build_info", { version: "0.0.0-test" })).toBe(1);
  expect(value(all, "mail_proxy_active")).toBe(1);
  expect(value(all, "mail_proxy_smtp_accepted_total")).toBe(2);
  const bucket = (le: string) => value(all, "mail_proxy_delivery_seconds_bucket", { le });
  expect(["0.005", "1", "60", "900", "86400", "+Inf"].map(bucket)).toEqual([1, 2, 2, 3, 3, 4]);
});

test("the reader is strict: it refuses what a scraper would only guess at", () => {
  const head = "# HELP a_total x\n# TYPE a_total counter\n";
  expect(families(`${head}a_total{b="c"} 1\n`)).toHaveLength(1);
  for (const wrong of [
    "a_total 1\n",
    `${head}b_total 1\n`,
    `${head}a_total{b="c} 1\n`,
    `${head}a_total{b="\n"} 1\n`,
    `${head}a_total 1`,
    `${head}a_total -1\n`,
    `${head}a_total 1\na_total 2\n`,
    `${head}a_total 1\n${head}`,
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  ])
    expect(() => families(wrong), wrong).toThrow();
});

test("every metric that the rules and the Grafana dashboard name is exposed, and the page tells of all there are", async () => {
  const exposed = families(await metrics()).map(({ name }) => name);
  for (const path of [ALERTS, "docs/monitoring/grafana.json"]) {
    const named = namesIn(readFileSync(path, "utf8"));
    expect(named.length, path).toBeGreaterThan(5);
    expect(
      named.filter((name) => !exposed.includes(name)),
      path,
    ).toEqual([]);
  }
  expect(namesIn(readFileSync("docs/monitoring.md", "utf8"))).toEqual(exposed.sort());
});

test("every panel of the Grafana dashboard has a title, an explanation and a place of its own", () => {
  const { panels } = JSON.parse(readFileSync("docs/monitoring/grafana.json", "utf8")) as {
    panels: { title: string; description: string; gridPos: Record<"x" | "y" | "w" | "h", number>; targets: object[] }[];
  };
  const taken = new Set<string>();
  for (const { title, description, gridPos, targets } of panels) {
    expect([title, description].every(Boolean) && targets.length > 0, title).toBe(true);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(x < 24 && !taken.has(`${x} ${y}`), `${title} covers another panel`).toBe(true);
        taken.add(`${x} ${y}`);
      }
  }
});

test("every alert is explained on the page, and tried on series of its own", () => {
  const alerts = [...readFileSync(ALERTS, "utf8").matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const page = readFileSync("docs/monitoring.md", "utf8");
  expect([...page.matchAll(/^### (\w+)/gm)].map(([, name]) => name)).toEqual(alerts);
  const tried = readFileSync("test/monitoring/alerts.test.yml", "utf8");
  expect(alerts.filter((name) => !tried.includes(`alertname: ${name}\n        exp_alerts:`))).toEqual([]);
});

test("Prometheus's own reader takes what is exposed", async ({ skip }) => {
  if (!hasPromtool) return skip(PROMTOOL);
  const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], {
    input: await metrics(),
    encoding: "utf8",
  });
  expect([status, stdout + stderr]).toEqual([0, ""]);
});

test("Prometheus takes the rules, and each alert fires on what it is for and on nothing else", async ({ skip }) => {
  if (!hasPromtool) return skip(PROMTOOL);
  expect((await promtool("check", "rules", ALERTS)).stdout).toContain("SUCCESS: 9 rules found");
  expect((await promtool("test", "rules", "test/monitoring/alerts.test.yml")).stdout).toContain("SUCCESS");
}, 30_000);

test("Prometheus reads every query of the Grafana dashboard", async ({ skip }) => {
  if (!hasPromtool) return skip(PROMTOOL);
  const { panels } = JSON.parse(readFileSync("docs/monitoring/grafana.json", "utf8")) as {
    panels: { targets: { expr: string }[] }[];
  };
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "5m")));
  const rules = queries.map((expr, n) => `  - { record: "query:n${n}", expr: ${JSON.stringify(expr)} }`);
  const text = `groups:\n- name: queries\n  rules:\n${rules.join("\n")}\n`;
  const file = join(temporaryFolder(), "queries.yml");
  writeFileSync(file, text);
  expect((await promtool("check", "rules", file)).stdout).toContain(`SUCCESS: ${queries.length} rules found`);
});
