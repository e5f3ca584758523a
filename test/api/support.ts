/** The API over a real database, with an engine that notes what it was told. */
import { onTestFinished } from "vitest";
import { CommandLog } from "../../src/api/command-log.ts";
import { Door, TOO_MUCH_READ } from "../../src/api/door.ts";
import { createApi } from "../../src/api/index.ts";
import type { Service } from "../../src/api/service.ts";
import { LinkSigner } from "../../src/attachments/large-link.ts";
import { Receiver } from "../../src/bounces/receive.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { renditions } from "../../src/dispatch/rendition.ts";
import type { Restrictions } from "../../src/ports.ts";
import { Durations } from "../../src/queue/durations.ts";
import { Intake } from "../../src/queue/intake.ts";
import { openFolder } from "../../src/runtimes/folder.ts";
import { createHttpClient } from "../../src/runtimes/http-client.ts";
import { Inbox } from "../../src/sandbox/inbox.ts";
import { createInboxRoutes } from "../../src/sandbox/routes.ts";
import { hashToken } from "../../src/security/tokens.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { testDatabase } from "../support/database.ts";
import { checkAnswer } from "./declared.ts";

export const ADMIN = "admin-token-of-the-tests";
export const T0 = 1_800_000_000_000;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** What JSON the answer holds; an empty object where it holds none. */
  body: Record<string, unknown>;
}

export interface CallOptions {
  /** The admin's where nothing is said; null for none. */
  token?: string | null;
  json?: unknown;
  /** Instead of `json`: the body as it is. */
  body?: BodyInit;
  headers?: Record<string, string>;
}

export class TestApi {
  readonly service: Service;
  readonly app: ReturnType<typeof createApi>;
  /** What the engine was told, in order. */
  readonly told: string[] = [];
  now = T0;
  draining = false;
  /** Whether it sends. */
  active = true;
  mailboxes: Awaited<ReturnType<Service["engine"]["mailboxes"]>> = [];

  constructor(parts: Omit<Service, "engine" | "now" | "receiver">) {
    const now = () => this.now;
    this.service = {
      ...parts,
      now,
      receiver: new Receiver({ ...parts, now, report: (tenantId) => this.told.push(`report ${tenantId}`) }),
      engine: {
        wake: () => this.told.push("wake"),
        report: (tenantId) => this.told.push(`report ${tenantId}`),
        runNow: async (tenantId) => void this.told.push(`run-now ${tenantId}`),
        accountChanged: (key) => this.told.push(`account ${key}`),
        testAccount: async (key) => {
          this.told.push(`test ${key}`);
          return [];
        },
        bouncesChanged: () => this.told.push("bounces"),
        webhooksChanged: () => this.told.push("webhooks"),
        reloadMailboxes: async () => {
          this.told.push("reload mailboxes");
          return 0;
        },
        mailboxes: async () => this.mailboxes,
        rawMessage: renditions(parts),
        state: () => ({ active: this.active, draining: this.draining, in_flight: 0, connections: 0 }),
      },
    };
    this.app = createApi(this.service);
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { token = ADMIN, json, body } = options;
    const headers = {
      ...(token === null ? {} : { "X-API-Token": token }),
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
      ...options.headers,
    };
    const sent = json === undefined ? body : JSON.stringify(json);
    const init = { method, headers, ...(sent === undefined ? {} : { body: sent }) };
    const response = await this.app.request(path, init, {});
    const text = await response.text();
    checkAnswer(method, path, response, text);
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const holdsJson = isJson && text !== "";
    return { status: response.status, headers: response.headers, text, body: holdsJson ? JSON.parse(text) : {} };
  }

  get(path: string, token: string | null = ADMIN): Promise<Answer> {
    return this.call("GET", path, { token });
  }

  post(path: string, json?: unknown, token: string | null = ADMIN): Promise<Answer> {
    return this.call("POST", path, { json, token });
  }

  /** Puts messages in; each needs no more than what the test is about. */
  add(messages: unknown[], token: string = ADMIN, more: object = {}): Promise<Answer> {
    return this.post("/commands/add-messages", { messages, ...more }, token);
  }
}

export async function testApi(
  settings: Partial<Config> = {},
  inbox = false,
  restrictions?: Restrictions,
): Promise<TestApi> {
  const config = { ...readConfig({}), ...settings };
  const db = await testDatabase();
  const commandLog = new CommandLog(db);
  onTestFinished(() => commandLog.settled());
  const vault = await openVault(generateKey());
  const api: TestApi = new TestApi({
    config,
    version: "0.0.0-test",
    commit: "0123abc",
    db,
    vault,
    durations: new Durations(db),
    signer: new LinkSigner(vault),
    surroundings: { http: createHttpClient(), folder: openFolder, now: () => api.now },
    directory: new Directory(db),
    intake: new Intake(
      db,
      () => api.now,
      async () => undefined,
    ),
    door: new Door(config.maxBytesIncoming),
    reading: new Door(config.maxBytesIncoming, TOO_MUCH_READ),
    commandLog,
    mails: { accepted: 0, refused: 0 },
    adminTokenHash: hashToken(ADMIN),
    restrictions,
    inbox: inbox ? createInboxRoutes(new Inbox()) : undefined,
  });
  return api;
}

/** An API with a tenant `acme`, its key, and its account `default`. */
export async function apiWithTenant(settings: Partial<Config> = {}): Promise<{ api: TestApi; key: string }> {
  const api = await testApi(settings);
  const key = await addTenant(api, "acme");
  return { api, key };
}

/** A tenant with an account `default`; answers its key. */
export async function addTenant(api: TestApi, id: string): Promise<string> {
  await api.post("/tenant", { id });
  await api.post("/account", { id: "default", tenant_id: id, host: "smtp.example.com", port: 587 });
  const { body } = await api.post(`/tenant/${id}/api-key`, {});
  return String(body.api_key);
}

/** The least that a message needs. */
export function message(id: string, fields: object = {}): Record<string, unknown> {
  return { id, from: "app@example.com", to: "you@example.net", subject: "Hello", body: "Hi", ...fields };
}
