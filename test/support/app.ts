/** The whole application in this process: API, dispatcher and reporter over a database file, without a listening port. */
import { join } from "node:path";
import type { Hono } from "hono";
import { onTestFinished } from "vitest";
import { type App, createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { openCore } from "../../src/core.ts";
import type { Database } from "../../src/db/database.ts";
import type { Ports } from "../../src/ports.ts";
import { openDatabase } from "../../src/runtimes/database.ts";
import { openFolder } from "../../src/runtimes/folder.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { resolve } from "../../src/runtimes/resolve.ts";
import { checkAnswer } from "../api/declared.ts";
import { exactlyBound } from "./binding.ts";
import { temporaryFolder } from "./database.ts";

export const ADMIN_TOKEN = "admin-token-of-the-tests";
export const ENCRYPTION_KEY = "22".repeat(32);

export interface TestApp {
  app: App;
  db: Database;
  folder: string;
  /** A call with the admin token (or another one); answers status and JSON. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<{ status: number; body: Answer }>;
  /** Waits until `/messages` shows this status for the message. */
  until(id: string, status: string): Promise<Answer>;
  stop(): Promise<void>;
}

/** Any answer of the API; a test names the fields that it looks at. */
export type Answer = Record<string, unknown>;

/** Settings by their names without `MAIL_PROXY_`. */
export async function startApp(
  settings: Record<string, string> = {},
  folder = temporaryFolder(),
  ports: Partial<Ports> = {},
  inbox?: Hono,
): Promise<TestApp> {
  const named = Object.entries({
    API_TOKEN: ADMIN_TOKEN,
    ENCRYPTION_KEY,
    DATABASE_URL: `file:${join(folder, "queue.db")}`,
    ALLOW_PRIVATE_HOSTS: "true",
    SHUTDOWN_SECONDS: "5",
    ...settings,
  }).map(([name, value]) => [`MAIL_PROXY_${name}`, value]);
  const core = await openCore(readConfig(Object.fromEntries(named)), {
    now: Date.now,
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
    openDatabase: async (address) => exactlyBound(await openDatabase(address)),
    resolve,
    http: createHttpClient(),
    folder: openFolder,
    hostName: "proxy.test",
    sandbox: undefined,
    restrictions: undefined,
    ...ports,
  });
  const app = await createApp(core, { version: "0.0.0-test", commit: "0123abc", inbox });
  await app.start();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= app
      .stop()
      .then(() => app.settled())
      .then(() => core.close());
    return stopped;
  };
  onTestFinished(stop);

  const call: TestApp["call"] = async (method, path, body, token = ADMIN_TOKEN) => {
    const response = await app.fetch(
      new Request(`http://proxy.test${path}`, {
        method,
        headers: { "X-API-Token": token, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    checkAnswer(method, path, response, text);
    return { status: response.status, body: JSON.parse(text) as Answer };
  };
  const until: TestApp["until"] = async (id, status) => {
    for (;;) {
      const { body } = await call("GET", `/messages/${encodeURIComponent(id)}`);
      if (body.status === status) return body;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { app, db: core.db, folder, call, until, stop };
}
