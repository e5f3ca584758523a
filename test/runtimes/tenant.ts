/** A tenant of a test's own, as an application sees it: its SMTP server, the endpoint that takes its reports, its messages. */
import { expect } from "vitest";
import type { Report } from "../../src/reports/report.ts";
import { type Behaviour, endpoint, type TestEndpoint } from "../reports/support.ts";
import type { Answered } from "../support/binary.ts";
import { type ReceivedMessage, type Script, type ScriptedServer, startSmtpServer } from "../support/smtp-server.ts";
import type { ProxyUnderTest } from "./under-test.ts";

export interface Wishes {
  /** How its SMTP server behaves. */
  smtp?: Script;
  /** How its endpoint behaves. */
  reports?: Behaviour;
  account?: object;
  tenant?: object;
}

let tenants = 0;

/** With an account `default` that delivers in clear text to a server on this machine, and an endpoint that takes reports. */
export async function openTenant(proxy: ProxyUnderTest, wishes: Wishes = {}): Promise<Tenant> {
  const server = await startSmtpServer(wishes.smtp);
  const client = await endpoint(wishes.reports);
  const tenant = new Tenant(proxy, `tenant-${++tenants}`, server, client);
  const own = { id: tenant.id, client_base_url: client.url, ...wishes.tenant };
  expect(await proxy.call("POST", "/tenant", own)).toMatchObject({ status: 200 });
  expect(await tenant.saveAccount({ use_tls: false, ...wishes.account })).toMatchObject({ status: 200 });
  return tenant;
}

export class Tenant {
  readonly id: string;
  readonly server: ScriptedServer;
  readonly client: TestEndpoint;
  readonly #proxy: ProxyUnderTest;

  constructor(proxy: ProxyUnderTest, id: string, server: ScriptedServer, client: TestEndpoint) {
    this.#proxy = proxy;
    this.id = id;
    this.server = server;
    this.client = client;
  }

  /** A call with the admin token about this tenant. */
  call(method: string, path: string, body?: unknown): Promise<Answered> {
    const mark = path.includes("?") ? "&" : "?";
    return this.#proxy.call(method, `${path}${mark}tenant_id=${this.id}`, body);
  }

  saveAccount(fields: object): Promise<Answered> {
    const account = { id: "default", tenant_id: this.id, host: "127.0.0.1", port: this.server.port, ...fields };
    return this.#proxy.call("POST", "/account", account);
  }

  /** A new key of the tenant's own. */
  async key(): Promise<string> {
    const { body } = await this.#proxy.call("POST", `/tenant/${this.id}/api-key`);
    return String(body.api_key);
  }

  add(...messages: object[]): Promise<Answered> {
    const named = messages.map((over) => ({ tenant_id: this.id, ...MESSAGE, ...over }));
    return this.#proxy.call("POST", "/commands/add-messages", { messages: named });
  }

  /** Adds messages that are all taken. */
  async queue(...messages: object[]): Promise<void> {
    const { status, body } = await this.add(...messages);
    expect({ status, ...body }).toMatchObject({ status: 200, ok: true, queued: messages.length, rejected: [] });
  }

  async message(id: string): Promise<Answered["body"]> {
    return (await this.call("GET", `/messages/${id}`)).body;
  }

  async account(): Promise<Answered["body"]> {
    const { body } = await this.call("GET", "/accounts");
    const [account] = body.accounts as Answered["body"][];
    return account ?? {};
  }

  /** Waits until the message shows these values. */
  async untilShows(id: string, wanted: Answered["body"]): Promise<Answered["body"]> {
    let shown: Answered["body"] = {};
    await this.#proxy.until(async () => {
      shown = await this.message(id);
      return Object.entries(wanted).every(([name, value]) => shown[name] === value);
    });
    return shown;
  }

  /** Waits until the account is `ok` or `paused`. */
  async untilAccountIs(state: string): Promise<Answered["body"]> {
    await this.#proxy.until(async () => (await this.account()).state === state);
    return this.account();
  }

  /** Waits until the SMTP server has taken so many messages. */
  async untilTaken(count: number): Promise<ReceivedMessage[]> {
    await this.#proxy.until(() => this.server.messages.length >= count);
    return this.server.messages;
  }

  /** Everything told about a message so far. */
  reports(id: string): Report[] {
    return this.client.calls.flatMap(({ reports }) => reports).filter((report) => report.id === id);
  }

  /** Waits until so much was told about a message. */
  async untilReported(id: string, times = 1): Promise<Report[]> {
    await this.#proxy.until(() => this.reports(id).length >= times);
    return this.reports(id);
  }
}

const MESSAGE = { from: "App <app@example.com>", to: ["a@example.net"], subject: "News", body: "Hello" };

/** A header of a message as it came over the wire. */
export function header(wire: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\\r$`, "im").exec(wire)?.[1];
}
