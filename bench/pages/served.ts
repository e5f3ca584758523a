/** Two services in this process, with few messages and with many; tells how long each page of the dashboard takes of both. */
import { startService } from "../../src/cli/service.ts";
import { kindOf, reachablePages } from "../../test/dashboard/browser/pages.ts";
import { required, tell } from "../answering.ts";
import { API_TOKEN, benchConfig } from "../proxy.ts";
import { fill } from "./fill.ts";

/** Milliseconds, by page. */
export type PageTimes = Record<string, { short: number[]; long: number[] }>;

interface Served {
  url: string;
  cookie: string;
  /** By what the page is: one of each. */
  pages: Map<string, string>;
  stop(): Promise<void>;
}

/** What people look for, which no link leads to. */
const SEARCHES = [
  "/dashboard/messages?q=nobody-has-this",
  "/dashboard/messages?q=reader1",
  "/dashboard/messages?status=error",
  "/dashboard/messages?batch_code=news",
];

async function serve(database: string, messages: number): Promise<Served> {
  const config = benchConfig(database, { MAIL_PROXY_SCHEDULER_ACTIVE: "false", MAIL_PROXY_LOG_LEVEL: "error" });
  await fill(config, messages);
  const { port, stop } = await startService(config);
  const url = `http://127.0.0.1:${port}`;
  const cookie = await logIn(url);
  const linked = (await reachablePages(url, cookie, 1)).map((path) => [kindOf(path), path] as const);
  const searches = SEARCHES.map((path) => [path, path] as const);
  return { url, cookie, pages: new Map([...linked, ...searches]), stop };
}

async function logIn(url: string): Promise<string> {
  const body = new URLSearchParams({ token: API_TOKEN });
  const headers = { Origin: url };
  const response = await fetch(`${url}/dashboard/login`, { method: "POST", headers, body, redirect: "manual" });
  return response.headers.get("Set-Cookie")?.split(";")[0] ?? "";
}

async function timeOf({ url, cookie, pages }: Served, kind: string): Promise<number> {
  const path = pages.get(kind);
  const begin = performance.now();
  const response = await fetch(`${url}${path}`, { headers: { cookie }, redirect: "manual" });
  await response.text();
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
  return performance.now() - begin;
}

const short = await serve(required("short-database"), Number(required("short")));
const long = await serve(required("long-database"), Number(required("long")));
const times: PageTimes = {};
for (const kind of [...long.pages.keys()].filter((one) => short.pages.has(one))) {
  const taken: PageTimes[string] = { short: [], long: [] };
  for (const one of [short, long]) await timeOf(one, kind); // what runs for the first time is compiled first
  for (let look = 0; look < Number(required("looks")); look++) {
    taken.short.push(await timeOf(short, kind));
    taken.long.push(await timeOf(long, kind));
  }
  times[kind] = taken;
}
for (const { stop } of [short, long]) await stop();
tell(times);
