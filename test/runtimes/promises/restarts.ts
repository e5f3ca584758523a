/** The proxy is stopped, killed, or loses its database: what was accepted is delivered all the same. */
import { expect } from "vitest";
import type { Connection } from "../../support/smtp-server.ts";
import { header, openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

const TWENTY = Array.from({ length: 20 }, (_, n) => ({ id: `m${n}` }));

export function restarts({ proxy, promise }: Promises): void {
  promise("a stop finishes what is in flight, and what waits goes after the next start", stop, {
    needs: "orderly stop",
  });
  promise("what was accepted before a kill is delivered after the next start, twice only with one Message-ID", kill);
  promise("a database that goes away is answered with 503 and Retry-After, and all goes on when it is back", outage, {
    needs: "remote database",
  });

  async function stop(): Promise<void> {
    let held: Connection | undefined;
    const tenant = await openTenant(proxy, {
      smtp: {
        extensions: [], // without PIPELINING nothing is said before the answer that is held
        answer({ verb, connection }) {
          if (verb !== "BODY" || held !== undefined) return undefined;
          held = connection;
          return { raw: "" };
        },
      },
      account: { max_connections: 1 },
    });
    await tenant.queue(...TWENTY);
    await proxy.until(() => held !== undefined);
    const stopped = proxy.running.stop();
    await proxy.until(isClosed);
    held?.socket.write("250 2.0.0 at last\r\n");
    expect(await stopped).toBe(0);
    await proxy.start();
    expect(await tenant.message("m0")).toMatchObject({ status: "sent", attempts: 1 });
    for (const { id } of TWENTY) await tenant.untilShows(id, { status: "sent", attempts: 1 });
    expect(tenant.server.heard.map((wire) => header(wire, "X-Genro-Mail-ID"))).toEqual(TWENTY.map(({ id }) => id));
  }

  /** It takes no requests any more, on new connections or open ones. */
  async function isClosed(): Promise<boolean> {
    return fetch(`${proxy.url}/ready`).then(
      ({ status }) => status === 503,
      () => true,
    );
  }

  async function kill(): Promise<void> {
    let isSilent = true;
    const tenant = await openTenant(proxy, {
      smtp: { answer: ({ verb }) => (verb === "BODY" && isSilent ? { raw: "" } : undefined) },
    });
    await tenant.queue(...TWENTY);
    await proxy.until(() => tenant.server.heard.length > 0);
    await proxy.running.kill();
    const heardBefore = tenant.server.heard.length;
    isSilent = false;
    await proxy.start();
    for (const { id } of TWENTY) await tenant.untilShows(id, { status: "sent" });
    const named = (name: string) => new Set(tenant.server.heard.map((wire) => header(wire, name)));
    expect([...named("X-Genro-Mail-ID")].sort()).toEqual(TWENTY.map(({ id }) => id).sort());
    expect(named("Message-ID").size).toBe(TWENTY.length);
    // What the server never answered went out again, and only that.
    expect(tenant.server.heard).toHaveLength(heardBefore + TWENTY.length);
  }

  async function outage(): Promise<void> {
    const tenant = await openTenant(proxy);
    await tenant.queue({ id: "before" });
    await tenant.untilReported("before");
    await proxy.database.kill();
    const { status, headers, body } = await tenant.add({ id: "during" });
    expect({ status, ...body }).toMatchObject({ status: 503, ok: false, code: "database_unavailable" });
    expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await proxy.call("GET", "/ready", undefined, null)).status).toBe(503);
    await proxy.database.start();
    await proxy.until(async () => (await tenant.add({ id: "during" })).status === 200);
    await tenant.untilReported("during");
    expect(tenant.server.messages).toHaveLength(2);
  }
}
