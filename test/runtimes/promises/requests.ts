/** What is taken in and what is refused, in which words. */
import { expect } from "vitest";
import { openTenant } from "../tenant.ts";
import { ADMIN_TOKEN, MAX_BODY_BYTES } from "../under-test.ts";
import type { Promises } from "./promise.ts";

const JSON_BY_ADMIN = { "X-API-Token": ADMIN_TOKEN, "Content-Type": "application/json" };

export function requests({ proxy, promise }: Promises): void {
  const post = (body: string, headers: Record<string, string> = JSON_BY_ADMIN) =>
    proxy.send("/commands/add-messages", { method: "POST", headers, body });

  promise("a batch with one bad message queues the others, and the bad one is recorded and reported", async () => {
    const tenant = await openTenant(proxy);
    const { status, body } = await tenant.add(
      { id: "good" },
      { id: "bad", to: ["nobody"] },
      { id: "typo", subjct: "x" },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ok: true,
      queued: 1,
      rejected: [
        { id: "bad", reason: expect.stringMatching(/^to: .*nobody/) },
        { id: "typo", reason: "subjct: unknown field" },
      ],
    });
    await tenant.untilTaken(1);
    const [report] = await tenant.untilReported("bad");
    expect(report).toMatchObject({ error: expect.stringMatching(/^to: /), error_ts: expect.any(Number), attempt: 0 });
    expect(await tenant.message("typo")).toMatchObject({ status: "error", error: "subjct: unknown field" });
  });

  promise("an unknown field of a request is refused by its name", async () => {
    const { status, body } = await proxy.call("POST", "/commands/add-messages", { messages: [], mesages: [] });
    expect({ status, ...body }).toMatchObject({
      status: 422,
      ok: false,
      code: "validation_failed",
      details: [{ path: "mesages", message: "unknown field" }],
    });
  });

  promise("a body that is not JSON is refused with 400, one of another type with 415", async () => {
    expect(await post("{")).toMatchObject({ status: 400, body: { ok: false, code: "bad_request" } });
    const plain = { ...JSON_BY_ADMIN, "Content-Type": "text/plain" };
    expect(await post("{}", plain)).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
  });

  promise("a body or a batch that is too large is refused with 413", async () => {
    const large = JSON.stringify({ messages: [{ body: "x".repeat(MAX_BODY_BYTES) }] });
    expect(await post(large)).toMatchObject({ status: 413, body: { ok: false, code: "payload_too_large" } });
    const many = JSON.stringify({ messages: Array(1_001).fill({}) });
    expect(await post(many)).toMatchObject({ status: 413, body: { code: "payload_too_large" } });
  });

  promise("a request without a valid token is refused with 401, whoever asks and for what", async () => {
    const tenant = await openTenant(proxy);
    const key = await tenant.key();
    for (const path of ["/status", "/messages", "/accounts", "/command-log", "/metrics"]) {
      for (const token of [null, "wrong", `${key}x`]) {
        expect(await proxy.call("GET", path, undefined, token)).toMatchObject({
          status: 401,
          body: { ok: false, code: "unauthorized" },
        });
      }
    }
    const bearer = { headers: { Authorization: `Bearer ${key}` } };
    expect((await proxy.send("/messages", bearer)).status).toBe(200);
    await proxy.call("DELETE", `/tenant/${tenant.id}/api-key`);
    expect((await proxy.send("/messages", bearer)).status).toBe(401);
  });

  promise("every answer carries a request id, the caller's own where it sent one", async () => {
    const { headers, body } = await proxy.call("GET", "/no-such-route");
    expect(body).toMatchObject({ ok: false, code: "not_found", request_id: headers.get("X-Request-Id") });
    const named = await proxy.send("/health", { headers: { "X-Request-Id": "of-the-caller" } });
    expect(named.headers.get("X-Request-Id")).toBe("of-the-caller");
  });
}
