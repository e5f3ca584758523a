/** What is a tenant's own stays its own, and what is secret stays secret. */
import { expect } from "vitest";
import { EMAIL } from "../clients.ts";
import { openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

export function tenants({ proxy, promise }: Promises): void {
  promise("a tenant's key opens its own tenant and nothing of another's", async () => {
    const [mine, theirs] = [await openTenant(proxy), await openTenant(proxy)];
    const key = await mine.key();
    await theirs.queue({ id: "hidden" });
    await mine.queue({ id: "own" });
    const { pk } = await theirs.untilShows("hidden", { status: "sent" });
    const status = async (method: string, path: string, body?: unknown) =>
      (await proxy.call(method, path, body, key)).status;

    expect(await status("GET", "/messages/own")).toBe(200);
    expect(await status("GET", "/messages/hidden")).toBe(404);
    expect(await status("GET", `/messages/${pk}`)).toBe(404);
    const foreign = `tenant_id=${theirs.id}`;
    for (const path of [`/messages?${foreign}`, `/messages/hidden?${foreign}`, `/accounts?${foreign}`, "/status"]) {
      expect([path, await status("GET", path)]).toEqual([path, 403]);
    }
    expect(await status("POST", "/account", { id: "default", tenant_id: theirs.id, port: 1 })).toBe(403);
    expect(await status("PUT", `/tenant/${theirs.id}`, { name: "mine" })).toBe(403);
    expect(await status("POST", `/commands/suspend?${foreign}`)).toBe(403);

    const { body: listed } = await proxy.call("GET", "/messages", undefined, key);
    expect(listed.messages).toMatchObject([{ id: "own" }]);
    const { body: removed } = await proxy.call("POST", "/commands/delete-messages", { ids: ["hidden", pk] }, key);
    expect(removed).toMatchObject({ removed: 0, not_found: ["hidden"], unauthorized: [pk] });
    const message = { id: "new", tenant_id: theirs.id, from: "a@example.com", to: "b@example.net" };
    const { body: added } = await proxy.call("POST", "/commands/add-messages", { messages: [message] }, key);
    expect(added).toMatchObject({ ok: false, queued: 0 });

    await Promise.all([theirs.untilReported("hidden"), mine.untilReported("own")]);
    expect(mine.reports("hidden")).toEqual([]);
    expect(theirs.reports("own")).toEqual([]);
  });

  promise("a tenant sends in the names that the admin allows, by whichever way, from the next message on", async () => {
    const tenant = await openTenant(proxy);
    const key = await tenant.key();
    const send = (from: string) => proxy.call("POST", "/emails", { ...EMAIL, from }, key);
    const allow = (allowed_senders: string[] | null, token?: string) =>
      proxy.call("PUT", `/tenant/${tenant.id}`, { allowed_senders }, token);
    expect((await allow(["@shop.example"])).status).toBe(200);
    expect((await allow(null, key)).status).toBe(403);
    const refusal = "is no allowed sender of";
    const rejected = [{ id: "foreign", reason: expect.stringContaining(refusal) }];
    expect(await tenant.add({ id: "foreign" })).toMatchObject({ body: { queued: 0, rejected } });
    expect(await send("ann@example.com")).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining(refusal) },
    });
    await tenant.queue({ id: "own", from: "App <app@shop.example>" });
    expect((await send("ann@shop.example")).status).toBe(200);
    expect((await allow(null)).status).toBe(200);
    await tenant.queue({ id: "any" });
    await tenant.untilTaken(3);
  });

  promise("a tenant's key names no private host; the admin may", async () => {
    const tenant = await openTenant(proxy);
    const key = await tenant.key();
    for (const host of ["127.0.0.1", "10.0.0.1", "[::1]", "localhost"]) {
      const answer = await proxy.call("POST", "/account", { id: "inside", host }, key);
      expect({ host, ...answer }).toMatchObject({ host, status: 422, body: { details: [{ path: "host" }] } });
    }
    expect((await tenant.saveAccount({ id: "inside" })).status).toBe(200);
  });

  promise("no answer, log entry or report holds a secret", async () => {
    const secrets = {
      password: "pass-phrase-of-an-account",
      token: "token-of-an-endpoint",
      webhook: `whsec_${Buffer.from("secret of all the reports").toString("base64")}`,
    };
    const tenant = await openTenant(proxy, {
      smtp: { extensions: ["AUTH PLAIN"] },
      account: { user: "user", password: secrets.password },
      tenant: { client_auth: { method: "bearer", token: secrets.token }, webhook_secret: secrets.webhook },
    });
    const key = await tenant.key();
    await tenant.queue({ id: "m1" });
    await tenant.untilReported("m1");
    await proxy.until(async () => (await proxy.text("/command-log/export")).includes(`/tenant/${tenant.id}/api-key`));
    const paths = ["/accounts", "/account/default", "/messages?include=payload", "/messages/m1", "/command-log"];
    const told = await Promise.all([
      ...paths.map(async (path) => JSON.stringify(await tenant.call("GET", path))),
      proxy.text(`/tenant/${tenant.id}`),
      proxy.text("/tenants"),
      proxy.text("/tenants/sync-status"),
      proxy.text("/command-log/export"),
      proxy.text("/metrics"),
    ]);
    const all = [...told, ...tenant.client.calls.map(({ body }) => body)].join("\n");
    expect(all).toContain(tenant.id);
    for (const secret of [...Object.values(secrets), key]) expect(all).not.toContain(secret);
  });
}
