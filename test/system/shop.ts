/** An application whose mails go through a proxy of its own, the compiled binary, to the post office; and what it is told of them. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFailed } from "vitest";
import type { Report } from "../../src/reports/report.ts";
import { endpoint } from "../reports/support.ts";
import { type ProxyProcess, startProxy } from "../support/binary.ts";
import { temporaryFolder } from "../support/database.ts";
import { PASSWORD, type PostOffice } from "./post-office.ts";

export const TENANT = "acme";

export interface Shop {
  /** On one database, in the order in which they came up. */
  processes: ProxyProcess[];
  /** Where its bounces come in. */
  bounceBox: string;
  /** Enqueues a message and expects it to be taken. */
  send(message: { id: string; to: string[]; [field: string]: unknown }): Promise<void>;
  /** What the application was told so far of a kind of event, by its moment's name. */
  told(moment: string): Report[];
  /** The same, once it is so many; more than those are never waited for. */
  untilTold(moment: string, count: number): Promise<Report[]>;
  /** Until what was told of these is written down as told: of what is not, whoever comes next tells again. */
  untilWritten(ids: readonly string[]): Promise<void>;
  /** Waits until one of its processes has logged it. */
  untilLogged(words: RegExp): Promise<void>;
  /** The entries of the tenant's suppression list. */
  suppressed(): Promise<unknown[]>;
}

export interface ShopOptions {
  /** Whether the envelope sender bears a mark, `bounces+MARK@...`. */
  marked?: boolean;
  processes?: number;
}

/** A proxy that sends through Postfix, and is told by IMAP, as it comes in, what became of its mails. */
export async function openShop(binary: string, office: PostOffice, options: ShopOptions = {}): Promise<Shop> {
  const bounceBox = office.newBounceBox();
  const application = await endpoint();
  const settings = { DATABASE_URL: `file:${join(temporaryFolder(), "queue.db")}`, LEASE_SECONDS: "2" };
  const processes: ProxyProcess[] = [];
  onTestFailed(() => console.log(...processes.map((one) => one.log())));
  const start = async () => {
    const next = startProxy(binary, temporaryFolder(), settings);
    processes.push(next);
    await next.ready;
    return next;
  };
  let latest = await start();
  await setUp(latest, office, { url: application.url, bounceBox, marked: options.marked ?? false });
  while (processes.length < (options.processes ?? 1)) latest = await start();
  const told = (moment: string) =>
    application.calls.flatMap(({ reports }) => reports).filter((report) => moment in report);
  return {
    processes,
    bounceBox,
    async send(message) {
      const body = {
        messages: [{ from: "shop@example.com", subject: "Your order", body: "It is on its way.", ...message }],
      };
      const answer = await latest.call("POST", "/commands/add-messages", body);
      expect(answer.body).toMatchObject({ ok: true, queued: 1 });
    },
    told,
    async untilTold(moment, count) {
      while (told(moment).length < count) await pause(20);
      return told(moment);
    },
    async untilWritten(ids) {
      const isWritten = async (id: string) => {
        const { body } = await latest.call("GET", `/messages/${id}?tenant_id=${TENANT}`);
        return (body.events as { reported_ts: number | null }[]).every(({ reported_ts }) => reported_ts !== null);
      };
      for (const id of ids) while (!(await isWritten(id))) await pause(20);
    },
    async untilLogged(words) {
      while (!processes.some((one) => words.test(one.log()))) await pause(20);
    },
    async suppressed() {
      const { body } = await latest.call("GET", `/suppressions?tenant_id=${TENANT}`);
      return Array.isArray(body.suppressions) ? body.suppressions : [];
    },
  };
}

interface Wishes {
  /** The application's. */
  url: string;
  bounceBox: string;
  marked: boolean;
}

async function setUp(proxy: ProxyProcess, { postfix, dovecot }: PostOffice, { url, bounceBox, marked }: Wishes) {
  const call = async (method: string, path: string, body: unknown) => {
    const answer = await proxy.call(method, path, body);
    expect(answer.body).toMatchObject({ ok: true });
  };
  const { host, port } = postfix;
  await call("POST", "/tenant", { id: TENANT, client_base_url: url });
  await call("POST", "/account", { id: "default", tenant_id: TENANT, host, port, use_tls: false });
  await call("PUT", "/instance", {
    bounce_enabled: true,
    bounce_return_path: marked ? bounceBox.replace("@", "+*@") : bounceBox,
    bounce_imap_host: "localhost",
    bounce_imap_port: dovecot.imapsPort,
    bounce_imap_ssl: true,
    bounce_imap_ca: dovecot.ca,
    bounce_imap_user: bounceBox,
    bounce_imap_password: PASSWORD,
    // Longer than any test: what is told at once is told by IDLE.
    bounce_poll_interval: 3_600,
  });
}
