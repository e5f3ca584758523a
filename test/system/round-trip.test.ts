/** What a real mail server says of a message after its "250" comes back by a real mailbox, and is told. */
import { expect, test } from "vitest";
import { Marks } from "../../src/bounces/mark.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";
import { binaryUnderTest } from "../support/build.ts";
import { BOB, CAROL, ELSEWHERE, postOffice, UNREACHABLE } from "./post-office.ts";
import { openShop, TENANT } from "./shop.ts";

const postOfficeOf = postOffice();

const nobody = (n: number | string) => `nobody-${n}@example.com`;

test.for([
  ["with a mark in the envelope sender", true],
  ["without a mark", false],
] as const)(
  "a message to an unknown local user comes back as a DSN and ends as a `bounce` report, %s",
  async ([, marked], { skip }) => {
    const office = postOfficeOf();
    if ("unavailable" in office) return skip(office.unavailable);
    const shop = await openShop(binaryUnderTest(), office, { marked });
    const before = await office.dovecot.sizes(CAROL);
    await shop.send({ id: "order-1", to: [BOB, nobody(1)], tags: { campaign: "spring" } });

    const [bounce] = await shop.untilTold("bounce_ts", 1);
    expect(bounce).toMatchObject({
      ...{ tenant_id: TENANT, id: "order-1", account_id: "default", tags: { campaign: "spring" } },
      ...{ bounce_type: "hard", bounce_code: "5.1.1", enhanced_code: "5.1.1", smtp_code: 550 },
      bounce_reason: expect.stringContaining("User doesn't exist"),
      recipients: [{ address: nobody(1), status: "error", enhanced_code: "5.1.1" }],
    });
    expect(await shop.suppressed()).toMatchObject([{ address: nobody(1), source: "bounce" }]);

    // From now on he fails alone, and without a word to any server.
    await shop.send({ id: "order-2", to: [nobody(1), CAROL] });
    await shop.send({ id: "order-3", to: [nobody(1)] });
    const [, second] = await shop.untilTold("sent_ts", 2);
    expect(second).toMatchObject({
      id: "order-2",
      recipients: [
        { address: nobody(1), status: "error", text: expect.stringContaining("suppressed"), code: null },
        { address: CAROL, status: "sent" },
      ],
    });
    const [third] = await shop.untilTold("error_ts", 1);
    expect(third).toMatchObject({ id: "order-3", error: expect.stringContaining("suppressed") });
    await expect.poll(() => office.dovecot.sizes(CAROL)).toHaveLength(before.length + 1);

    await shop.send({ id: "order-4", to: [nobody(2)] });
    await shop.untilTold("bounce_ts", 2);
    expect(shop.told("bounce_ts").map(({ id }) => id)).toEqual(["order-1", "order-4"]);
  },
);

test("each unknown user of a message is told once, whatever size comes back", async ({ skip }) => {
  const office = postOfficeOf();
  if ("unavailable" in office) return skip(office.unavailable);
  const shop = await openShop(binaryUnderTest(), office, { marked: true });
  const unknown = [10, 11, 12].map(nobody);
  await shop.send({
    id: "large",
    to: [BOB, ...unknown],
    body: "0123456789 abcdefghijklmnopqrstuvwxyz\r\n".repeat(130_000),
  });

  const bounces = await shop.untilTold("bounce_ts", unknown.length);
  expect(bounces.map(({ recipients }) => recipients)).toEqual(
    expect.arrayContaining(unknown.map((address) => [expect.objectContaining({ address, enhanced_code: "5.1.1" })])),
  );
  expect(Math.max(...(await office.dovecot.sizes(shop.bounceBox)))).toBeGreaterThan(5_000_000);
});

test("who asks for it is told of what is delivered, relayed or late", async ({ skip }) => {
  const office = postOfficeOf();
  if ("unavailable" in office) return skip(office.unavailable);
  const shop = await openShop(binaryUnderTest(), office, { marked: true });
  await shop.send({
    id: "watched",
    to: [BOB, ELSEWHERE, UNREACHABLE, nobody(20)],
    dsn: { notify: ["success", "delay", "failure"], ret: "headers" },
  });

  const about = (address: string) => ({ id: "watched", recipients: [expect.objectContaining({ address })] });
  expect(await shop.untilTold("delivered_ts", 1)).toMatchObject([about(BOB)]);
  expect(await shop.untilTold("relayed_ts", 1)).toMatchObject([about(ELSEWHERE)]);
  expect(await shop.untilTold("bounce_ts", 1)).toMatchObject([about(nobody(20))]);
  expect(await shop.untilTold("deferred_ts", 1)).toMatchObject([
    { ...about(UNREACHABLE), deferred_reason: expect.stringContaining("Connection refused") },
  ]);
  // A relay that tries on is no reason to send to nobody.
  expect(await shop.suppressed()).toMatchObject([{ address: nobody(20) }]);
});

test("a bounce that somebody makes up changes nothing, and the log says why", async ({ skip }) => {
  const office = postOfficeOf();
  if ("unavailable" in office) return skip(office.unavailable);
  const shop = await openShop(binaryUnderTest(), office, { marked: true });
  await shop.send({ id: "order-1", to: [BOB] });
  const [{ pk } = {}] = await shop.untilTold("sent_ts", 1);

  await office.dovecot.deliver(shop.bounceBox, madeUp({ to: shop.bounceBox, id: "order-1" }));
  // Whoever knows how marks are made, and the message's pk, still lacks the key.
  const marks = new Marks(await openVault(generateKey()));
  const to = await marks.returnPath(shop.bounceBox.replace("@", "+*@"), String(pk));
  await office.dovecot.deliver(shop.bounceBox, madeUp({ to, pk: String(pk) }));
  await shop.untilLogged(/not signed/);
  await shop.untilLogged(/forged/);
  await shop.send({ id: "order-2", to: [nobody(30)] });
  expect(await shop.untilTold("bounce_ts", 1)).toMatchObject([{ id: "order-2" }]);
  expect(await shop.suppressed()).toMatchObject([{ address: nobody(30) }]);
});

/** A notification that Bob does not exist, from somebody who has seen an address and perhaps a message. */
function madeUp({ to, id, pk }: { to: string; id?: string; pk?: string }): string {
  return [
    `From: Mail Delivery System <MAILER-DAEMON@elsewhere.example>`,
    `To: ${to}`,
    "Subject: Undelivered",
    "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
    "",
    "--part",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; elsewhere.example",
    "",
    `Final-Recipient: rfc822; ${BOB}`,
    "Action: failed",
    "Status: 5.1.1",
    "",
    "--part",
    "Content-Type: text/rfc822-headers",
    "",
    ...(id === undefined ? [] : [`X-Genro-Mail-ID: ${id}`]),
    ...(pk === undefined ? [] : [`X-Mail-Proxy-ID: ${pk}`]),
    "",
    "--part--",
    "",
  ].join("\r\n");
}
