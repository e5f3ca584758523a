/** The package `resend` where it repeats itself or asks for many emails at once. */
import { expect } from "vitest";
import { EMAIL, given, openResend } from "../clients.ts";
import type { Tenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

const BAD = { ...EMAIL, to: "nobody" };
/** As many as one call may send. */
const MOST = 100;

async function kept(tenant: Tenant): Promise<string[]> {
  const { body } = await tenant.call("GET", "/messages");
  return (body.messages as { pk: string }[]).map(({ pk }) => pk);
}

export function resendOnce({ proxy, promise }: Promises): void {
  promise("two identical requests under one key at the same moment: one message, and both have its id", async () => {
    const { client, tenant } = await openResend(proxy);
    const send = () => client.emails.send(EMAIL, { idempotencyKey: "order-17" });
    const [one, other] = (await Promise.all([send(), send()])).map(given);
    expect(other?.id).toBe(one?.id);
    expect(given(await send())).toMatchObject({ id: one?.id, replayed: true });
    expect(await kept(tenant)).toEqual([one?.id]);
    await tenant.untilTaken(1);
    expect(given(await client.emails.send(EMAIL)).id).not.toBe(one?.id);
  });

  promise("a key with another payload is refused with 409, and a key that cannot be one with 400", async () => {
    const { client, tenant } = await openResend(proxy);
    const under = (idempotencyKey: string, over = {}) => client.emails.send({ ...EMAIL, ...over }, { idempotencyKey });
    const { id } = given(await under("order-17"));
    const other = await under("order-17", { subject: "Another order" });
    expect(other.error).toMatchObject({ statusCode: 409, name: "invalid_idempotent_request" });
    expect((await under("x".repeat(257))).error).toMatchObject({ statusCode: 400, name: "invalid_idempotency_key" });
    // What was refused has used no key up.
    expect((await under("order-18", { to: "nobody" })).error).toMatchObject({ statusCode: 422 });
    const { id: corrected } = given(await under("order-18"));
    expect((await kept(tenant)).sort()).toEqual([id, corrected].sort());
  });

  promise("a client that asks again after a lost answer gets the id of the first", async () => {
    const { client, tenant, relay } = await openResend(proxy);
    const send = () => client.emails.send(EMAIL, { idempotencyKey: "order-17" });
    relay.lose(1);
    expect((await send()).error).toMatchObject({ statusCode: null, name: "application_error" });
    const [id] = await kept(tenant);
    expect(given(await send()).id).toBe(id);
    expect(await kept(tenant)).toEqual([id]);

    const batch = () => client.batch.send([EMAIL, EMAIL], { idempotencyKey: "orders" });
    relay.lose(1);
    expect((await batch()).error).toMatchObject({ name: "application_error" });
    const { data } = given(await batch());
    expect((await kept(tenant)).sort()).toEqual([id, ...data.map((email) => email.id)].sort());
    await tenant.untilTaken(3);
  });

  promise("a strict batch is sent whole or not at all, and names the email that is at fault", async () => {
    const { client, tenant } = await openResend(proxy);
    expect((await client.batch.send([EMAIL, BAD])).error).toMatchObject({
      statusCode: 422,
      name: "validation_error",
      message: expect.stringContaining("emails[1].to"),
    });
    const tooMany = Array.from({ length: MOST + 1 }, () => EMAIL);
    expect((await client.batch.send(tooMany)).error).toMatchObject({ name: "validation_error" });
    expect((await client.batch.send([])).error).toMatchObject({ name: "validation_error" });
    expect(await kept(tenant)).toEqual([]);

    const { data } = given(await client.batch.send([EMAIL, { ...EMAIL, subject: "Another" }]));
    await tenant.untilTaken(2);
    for (const [n, subject] of [EMAIL.subject, "Another"].entries())
      expect(given(await client.emails.get(data[n]?.id ?? ""))).toMatchObject({ subject });
  });

  promise("a permissive batch sends what can be sent, and tells of the others by their place", async () => {
    const { client, tenant } = await openResend(proxy);
    const { data, errors } = given(await client.batch.send([BAD, EMAIL, BAD], { batchValidation: "permissive" }));
    expect(data).toEqual([{ id: expect.any(String) }]);
    expect(errors).toEqual([
      { index: 0, message: expect.stringContaining("to") },
      { index: 2, message: expect.stringContaining("to") },
    ]);
    expect(await kept(tenant)).toEqual(data.map(({ id }) => id));
    await tenant.untilTaken(1);
  });
}
