/** The package `resend` as npm has it: emails that wait are moved and taken back, and all are listed. */
import { expect } from "vitest";
import { EMAIL, given, openResend } from "../clients.ts";
import type { Promises } from "./promise.ts";

const MINUTE_MS = 60_000;
/** The clocks are the same, and machines are slow. */
const WITHIN_MS = 30_000;

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

export function resendAfterwards({ proxy, promise }: Promises): void {
  promise(
    "an email for later waits, goes when `emails.update` says, and not at all after `emails.cancel`",
    async () => {
      const { client, tenant } = await openResend(proxy);
      const later = async (scheduledAt: string) => given(await client.emails.send({ ...EMAIL, scheduledAt })).id;
      const scheduledFor = async (id: string) => Date.parse(given(await client.emails.get(id)).scheduled_at ?? "");

      const moved = await later("in 1 min");
      expect(Math.abs((await scheduledFor(moved)) - Date.now() - MINUTE_MS)).toBeLessThan(WITHIN_MS);
      const canceled = await later(inMs(MINUTE_MS));
      expect(given(await client.emails.get(canceled))).toMatchObject({ last_event: "scheduled" });
      expect(given(await client.emails.cancel(canceled))).toMatchObject({ object: "email", id: canceled });
      expect(given(await client.emails.get(canceled))).toMatchObject({ last_event: "canceled" });

      const tomorrow = inMs(24 * 60 * MINUTE_MS);
      expect(given(await client.emails.update({ id: moved, scheduledAt: tomorrow }))).toMatchObject({ id: moved });
      expect(Math.abs((await scheduledFor(moved)) - Date.parse(tomorrow))).toBeLessThan(1000);
      expect(tenant.server.messages).toEqual([]);
      given(await client.emails.update({ id: moved, scheduledAt: inMs(0) }));
      await tenant.untilTaken(1);
      await proxy.until(async () => given(await client.emails.get(moved)).last_event === "sent");

      const refusals = [
        await client.emails.update({ id: moved, scheduledAt: tomorrow }),
        await client.emails.cancel(moved),
        await client.emails.update({ id: canceled, scheduledAt: tomorrow }),
      ];
      for (const refusal of refusals) expect(refusal.error).toMatchObject({ statusCode: 409 });
      expect(tenant.server.messages).toHaveLength(1);
    },
  );

  promise("`emails.list` goes from the newest to the oldest, page by page in both directions", async () => {
    const { client } = await openResend(proxy);
    const ids: string[] = [];
    for (const subject of ["one", "two", "three"])
      ids.unshift(given(await client.emails.send({ ...EMAIL, subject })).id);
    const [three = "", two = "", one = ""] = ids;
    const page = async (options: Parameters<typeof client.emails.list>[0]) => {
      const { object, has_more, data } = given(await client.emails.list(options));
      return { object, has_more, ids: data.map(({ id }) => id) };
    };
    expect(await page({})).toEqual({ object: "list", has_more: false, ids });
    expect(await page({ limit: 2 })).toEqual({ object: "list", has_more: true, ids: [three, two] });
    expect(await page({ limit: 2, after: two })).toEqual({ object: "list", has_more: false, ids: [one] });
    expect(await page({ limit: 1, before: one })).toEqual({ object: "list", has_more: true, ids: [two] });
    expect((await client.emails.list({ limit: 101 })).error).toMatchObject({
      statusCode: 422,
      name: "validation_error",
    });
    const { data } = given(await client.emails.list());
    expect(data[0]).toMatchObject({ subject: "three", to: ["ann@example.net"], from: EMAIL.from });
  });
}
