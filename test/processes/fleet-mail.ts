/** Mail through a fleet: how a test names its promise, brings messages in and looks at what became of them. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { TestEndpoint } from "../reports/support.ts";
import type { CountingSink } from "../support/counting-sink.ts";
import { EXTENSIONS, startSmtpServer } from "../support/smtp-server.ts";
import { add, type MailProxy, settled, statuses, TENANT } from "./clients.ts";
import type { Fleet } from "./fleet.ts";

const PATIENCE_MS = 90_000;

/** A promise that a fleet keeps, or skips by name where workerd or sqld cannot be had. */
export function promise(
  name: string,
  here: () => Fleet | { unavailable: string },
  keep: (fleet: Fleet) => Promise<void>,
  timeout = PATIENCE_MS,
): void {
  test(name, { timeout }, async ({ skip }) => {
    const fleet = here();
    if ("unavailable" in fleet) return skip(fleet.unavailable);
    await keep(fleet);
  });
}

export async function expectEachOnce(
  proxy: MailProxy,
  sink: CountingSink,
  application: TestEndpoint,
  expected: string[],
) {
  const reported = () => application.calls.flatMap(({ reports }) => reports.map(({ id }) => id));
  while (new Set(reported()).size < expected.length) await pause(20);
  expect(sink.taken.map(({ id }) => id).sort()).toEqual([...expected].sort());
  expect([...(await statuses(proxy)).values()]).toEqual(expected.map(() => "sent"));
  expect(reported().sort()).toEqual([...expected].sort());
}

export async function queue(proxy: MailProxy, batch: readonly string[]): Promise<void> {
  expect(await add(proxy, batch)).toMatchObject({ status: 200, body: { queued: batch.length, rejected: [] } });
}

/** One makes the account, with a password; the other one sends through it. */
export async function expectLogin(maker: MailProxy, sender: MailProxy & { cron?: () => Promise<void> }): Promise<void> {
  const server = await startSmtpServer({ extensions: [...EXTENSIONS, "AUTH PLAIN"] });
  expect(await maker.call("POST", "/tenant", { id: TENANT })).toMatchObject({ status: 200 });
  const account = { id: "default", tenant_id: TENANT, host: "127.0.0.1", port: server.port, use_tls: false };
  const login = { user: "user", password: "secret of both" };
  expect(await maker.call("POST", "/account", { ...account, ...login })).toMatchObject({ status: 200 });
  await queue(maker, ["m1"]);
  await sender.cron?.();
  await server.until(() => server.messages.length === 1);
  await settled(sender);
  expect(server.lines).toContain(`AUTH PLAIN ${Buffer.from("\0user\0secret of both").toString("base64")}`);
}
