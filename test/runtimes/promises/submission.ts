/** Mail that applications hand in by SMTP, as nodemailer does it. */
import { createTransport } from "nodemailer";
import { expect } from "vitest";
import { openTenant } from "../tenant.ts";
import { ADMIN_TOKEN } from "../under-test.ts";
import type { Promises } from "./promise.ts";

const ENVELOPE = { from: "app@example.com", to: ["ann@example.net", "hidden@example.net"] };
const MAIL = [
  "From: App <app@example.com>",
  "To: Ann <ann@example.net>",
  "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
  "Message-ID: <order-17@example.com>",
  "",
  "Hello,",
  ".",
  "..two dots",
  "",
].join("\r\n");
const STEERING = "X-Mail-Proxy-Batch: autumn\r\nBcc: hidden@example.net\r\n";
const needs = "SMTP port";

export function submission({ proxy, promise }: Promises): void {
  const sendAs = (user: string, pass: string, raw = MAIL) =>
    createTransport({ host: "127.0.0.1", port: proxy.smtpPort, auth: { user, pass } }).sendMail({
      envelope: ENVELOPE,
      raw,
    });

  promise(
    "a mail that is handed in goes as it came, to its envelope, and is listed and reported like any other",
    async () => {
      const tenant = await openTenant(proxy);
      const { response } = await sendAs(tenant.id, await tenant.key(), STEERING + MAIL);
      const [arrived] = await tenant.untilTaken(1);
      expect(arrived).toMatchObject({ recipients: ENVELOPE.to });
      expect(arrived?.wire.replaceAll("\r\n..", "\r\n.")).toContain(MAIL);
      expect(arrived?.wire).not.toMatch(/hidden|^X-Mail-Proxy-Batch/im);
      const id = response.split(" ").at(-1) ?? "";
      expect(await tenant.untilShows(id, { status: "sent" })).toMatchObject({ batch_code: "autumn" });
      expect(await tenant.untilReported(id)).toHaveLength(1);
    },
    { needs },
  );

  promise(
    "whoever hands in the same mail once more, since its reply was lost, is given the same id, and nothing is sent twice",
    async () => {
      const tenant = await openTenant(proxy);
      const key = await tenant.key();
      const replies = await Promise.all([sendAs(tenant.id, key), sendAs(tenant.id, key)]);
      replies.push(await sendAs(tenant.id, key));
      expect(new Set(replies.map(({ response }) => response.split(" ").at(-1))).size).toBe(1);
      await sendAs(tenant.id, key, MAIL.replace("order-17", "order-18"));
      await tenant.untilTaken(2);
      const { body } = await tenant.call("GET", "/messages");
      expect(body.messages).toHaveLength(2);
    },
    { needs },
  );

  promise(
    "without a tenant's key nothing is taken, nor with one in a name that is not allowed",
    async () => {
      const [tenant, other] = [await openTenant(proxy), await openTenant(proxy)];
      const refused = expect.objectContaining({ code: "EAUTH", responseCode: 535 });
      await expect(sendAs(tenant.id, await other.key())).rejects.toEqual(refused);
      await expect(sendAs(tenant.id, ADMIN_TOKEN)).rejects.toEqual(refused);
      await proxy.call("PUT", `/tenant/${tenant.id}`, { allowed_senders: ["@shop.example"] });
      await expect(sendAs(tenant.id, await tenant.key())).rejects.toMatchObject({ responseCode: 550 });
      expect((await tenant.call("GET", "/messages")).body.messages).toEqual([]);
    },
    { needs },
  );
}
