/** Runs faults through the whole service, each at a server, an account and a tenant of its own, and tells what can be seen from outside. */
import { setTimeout as pause } from "node:timers/promises";
import { vi } from "vitest";
import { endpoint, type TestEndpoint } from "../reports/support.ts";
import { type Answer, startApp, type TestApp } from "../support/app.ts";
import { EXTENSIONS, type ScriptedServer, startSmtpServer, testCa, testCertificate } from "../support/smtp-server.ts";
import { blackHole } from "./black-hole.ts";
import type { Fault } from "./table.ts";

/** What application and operator see of a message and its account. */
export interface Seen {
  /** `ok`, or why it pauses. */
  account: string;
  status: unknown;
  error: unknown;
  attempts: number;
  outcomeUnknown: unknown;
  /** `status code enhanced` of each. */
  recipients: string[];
  /** What the limits count. */
  counted: number;
  /** Complete copies that servers have heard. */
  copies: number;
  reports: { event: string; outcomeUnknown: unknown; recipients: string[] }[];
}

export interface Course {
  /** After the first attempt. */
  first: Seen;
  /** An hour later, at a server without faults. */
  later: Seen;
  /** How many Message-IDs the copies of the message have. */
  messageIds: number;
}

const BIG = "A line of a message that is far larger than any buffer on its way.\n".repeat(120_000);
const HOUR_MS = 3_600_000;
const LOOK_MS = 25;

/** All at once; the hour between the attempts is one of the clock alone. */
export async function runFaults(faults: readonly Fault[], extensions = EXTENSIONS): Promise<Record<string, Course>> {
  vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
  const patience = faults.some(({ stalls }) => stalls) ? "0.5" : "10";
  const app = await startApp({ SMTP_REPLY_TIMEOUT: patience, SMTP_CONNECT_TIMEOUT: patience });
  const reports = await endpoint();
  const well = await startSmtpServer({ extensions: ["PIPELINING"] });
  const runs = await Promise.all(
    faults.map((fault, n) => Run.begin(`t${n}`, fault, extensions, { app, reports, well })),
  );
  const first = await Promise.all(runs.map((run) => run.firstAttempt()));
  // What a pause has held back goes at once; what waits for its next attempt goes in an hour.
  await Promise.all(runs.map((run, n) => run.mend(first[n]!)));
  vi.setSystemTime(Date.now() + HOUR_MS);
  await app.call("POST", "/commands/run-now");
  const later = await Promise.all(runs.map((run) => run.end()));
  vi.useRealTimers();
  return Object.fromEntries(
    runs.map((run, n) => [run.fault.fault, { first: first[n]!, later: later[n]!, messageIds: run.messageIds() }]),
  );
}

interface Around {
  app: TestApp;
  reports: TestEndpoint;
  /** The server without faults. */
  well: ScriptedServer;
}

class Run {
  readonly fault: Fault;
  readonly #tenant: string;
  readonly #server: ScriptedServer;
  readonly #around: Around;

  private constructor(tenant: string, fault: Fault, server: ScriptedServer, around: Around) {
    this.#tenant = tenant;
    this.fault = fault;
    this.#server = server;
    this.#around = around;
  }

  static async begin(tenant: string, fault: Fault, extensions: string[], around: Around): Promise<Run> {
    const server = await startSmtpServer({ ...fault.script, extensions: fault.extensions ?? extensions });
    const run = new Run(tenant, fault, server, around);
    await around.app.call("POST", "/tenant", { id: tenant, client_base_url: around.reports.url });
    await run.#saveAccount({ port: server.port, ...(await destination(fault, server)), ...accountOf(fault) });
    return run;
  }

  async firstAttempt(): Promise<Seen> {
    const { before } = this.fault;
    if (before === "answered") {
      await this.#add(`${this.#tenant}-before`);
      await this.#reported(`${this.#tenant}-before`);
    }
    await this.#add(...(before === "close ahead" ? [`${this.#tenant}-before`] : []), this.#tenant);
    await this.#outcome();
    return this.#look();
  }

  /** The account is saved as it should be, which ends its pause. */
  async mend({ status }: Seen): Promise<void> {
    await this.#saveAccount({ port: this.#around.well.port });
    await this.#around.app.call("POST", "/commands/run-now");
    if (status === "pending") await this.end();
  }

  /** When nothing more is to come. */
  async end(): Promise<Seen> {
    while (!this.#reports().some(({ event }) => event !== "deferred")) await pause(LOOK_MS);
    return this.#look();
  }

  messageIds(): number {
    return new Set(this.#copies().map((wire) => /^Message-ID: (.+)\r$/m.exec(wire)?.[1])).size;
  }

  async #saveAccount(fields: object): Promise<void> {
    const plain = { host: "127.0.0.1", use_tls: false, user: null, password: null, ca: null, max_connections: 1 };
    const account = { id: "default", tenant_id: this.#tenant, ...plain, ...fields };
    const { status, body } = await this.#around.app.call("POST", "/account", account);
    if (status !== 200) throw new Error(JSON.stringify(body));
  }

  async #add(...ids: string[]): Promise<void> {
    const messages = ids.map((id) => ({
      id,
      tenant_id: this.#tenant,
      from: "app@example.com",
      to: ["a@example.net", "b@example.net"],
      subject: this.fault.fault,
      body: this.fault.big ? BIG : "Hello",
    }));
    await this.#around.app.call("POST", "/commands/add-messages", { messages });
  }

  /** The account pauses, or the application is told. */
  async #outcome(): Promise<void> {
    while (this.#reports().length === 0) {
      const [{ state }, { status }] = await Promise.all([this.#account(), this.#message()]);
      if (state === "paused" && status !== "sending") return;
      await pause(LOOK_MS);
    }
  }

  async #look(): Promise<Seen> {
    const [account, message] = await Promise.all([this.#account(), this.#message()]);
    return {
      account: String(account.state === "paused" ? account.last_error : account.state),
      status: message.status,
      error: message.error,
      attempts: Number(message.attempts),
      outcomeUnknown: message.outcome_unknown,
      recipients: (message.recipients as Answer[]).map(told),
      counted: Number(account.sent_last_day) - (this.fault.before === undefined ? 0 : 1),
      copies: this.#copies().length,
      reports: this.#reports(),
    };
  }

  async #account(): Promise<Answer> {
    const { body } = await this.#around.app.call("GET", `/accounts?tenant_id=${this.#tenant}`);
    return (body.accounts as Answer[])[0]!;
  }

  async #message(): Promise<Answer> {
    return (await this.#around.app.call("GET", `/messages/${this.#tenant}`)).body;
  }

  #copies(): string[] {
    const own = (wire: string) => wire.includes(`X-Genro-Mail-ID: ${this.#tenant}\r\n`);
    return [...this.#server.heard, ...this.#around.well.heard].filter(own);
  }

  #reports(id = this.#tenant): Seen["reports"] {
    const own = this.#around.reports.calls.flatMap(({ reports }) => reports).filter((report) => report.id === id);
    return own.map((report) => ({
      event: "sent_ts" in report ? "sent" : "error_ts" in report ? "error" : "deferred",
      outcomeUnknown: report.outcome_unknown,
      recipients: (report.recipients as Answer[]).map(told),
    }));
  }

  async #reported(id: string): Promise<void> {
    while (this.#reports(id).length === 0) await pause(LOOK_MS);
  }
}

function told({ status, code, enhanced_code }: Answer): string {
  return [status, code, enhanced_code].filter((word) => word !== null).join(" ");
}

async function destination({ leads }: Fault, server: ScriptedServer): Promise<object> {
  if (leads === "to a closed port") await server.close();
  if (leads === "to a black hole") return { port: await blackHole() };
  return leads === "to an unknown name" ? { host: "nobody-has-this-name.invalid" } : {};
}

function accountOf({ account = {} }: Fault): object {
  if (account.ca === "ca") return { ...account, ca: testCa };
  return account.ca === "expired" ? { ...account, ca: testCertificate("expired").cert } : account;
}
