/** What messages say is read within bounds: large answers at once do not end the process, and keep nobody's mail out. */
import { expect, test } from "vitest";
import { ADMIN_TOKEN, startApp } from "../support/app.ts";

const LARGE = "x".repeat(200_000);
const WAYS = [
  "/messages/m1/raw",
  "/messages/m1?include=payload",
  "/messages/m1?include=preview",
  "/messages?include=payload",
  "/emails/m1?tenant_id=acme",
];

/** An app with room for one of the large messages at a time. */
async function largeMail() {
  const { app, call } = await startApp({ MAX_BYTES_INCOMING: "524288", SCHEDULER_ACTIVE: "false" });
  await call("POST", "/tenant", { id: "acme" });
  await call("POST", "/account", { id: "main", tenant_id: "acme", host: "127.0.0.1", port: 1, tls: "none" });
  const add = (id: string) =>
    call("POST", "/commands/add-messages", {
      messages: [{ id, tenant_id: "acme", from: "a@x.example", to: "b@x.example", subject: "s", text: LARGE }],
    });
  await add("m1");
  const read = (path: string) =>
    app.fetch(new Request(`http://proxy.test${path}`, { headers: { "X-API-Token": ADMIN_TOKEN } }));
  return { add, read };
}

test.each(WAYS)("a large answer that nobody takes is the only one: %s", async (path) => {
  const { add, read } = await largeMail();
  const first = await read(path);
  expect(first.status).toBe(200);
  const second = await read(path);
  expect([second.status, second.headers.get("Retry-After")]).toEqual([503, "2"]);
  expect(await second.json()).toMatchObject({ code: "overloaded" });
  // Mail comes in by a door of its own.
  expect((await add("m2")).body).toMatchObject({ queued: 1 });

  expect((await first.text()).length).toBeGreaterThan(200_000);
  const third = await read(path);
  expect(third.status).toBe(200);
  await third.body?.cancel();
  expect((await read(path)).status).toBe(200);
});

test("what is small is read as ever", async () => {
  const { read } = await largeMail();
  await read("/messages/m1/raw");
  for (const path of ["/messages/m1", "/messages", "/messages?include=events", "/messages/other/raw"])
    expect([path, (await read(path)).status]).toEqual([path, path.includes("other") ? 404 : 200]);
});
