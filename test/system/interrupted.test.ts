/** What comes in while the mailbox's server or the proxy is away is told later, and all of it once. */
import { expect, test } from "vitest";
import { binaryUnderTest } from "../support/build.ts";
import { postOffice } from "./post-office.ts";
import { openShop, type Shop } from "./shop.ts";

const postOfficeOf = postOffice();

/** As many messages to as many unknown users; answers their ids. */
async function sendInVain(shop: Shop, name: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  for (const id of ids) await shop.send({ id, to: [`nobody-${id}@example.com`] });
  return ids;
}

/** Each was told of once. What came in last is told last, so that nothing is on its way any more. */
async function expectEachToldOnce(shop: Shop, expected: readonly string[]): Promise<void> {
  await shop.untilTold("bounce_ts", expected.length);
  const last = await sendInVain(shop, "last", 1);
  await shop.untilTold("bounce_ts", expected.length + last.length);
  const told = shop.told("bounce_ts");
  expect(told.map(({ id }) => id).sort()).toEqual([...expected, ...last].sort());
  expect(new Set(told.map(({ event_id }) => event_id)).size).toBe(told.length);
}

test("while Dovecot is away or restarts, and after it has numbered its mails anew, no bounce is lost and none is told twice", async ({
  skip,
}) => {
  const office = postOfficeOf();
  if ("unavailable" in office) return skip(office.unavailable);
  const { dovecot } = office;
  const shop = await openShop(binaryUnderTest(), office, { marked: true });
  const first = await sendInVain(shop, "before", 6);
  await shop.untilTold("bounce_ts", first.length);

  await dovecot.stop();
  const second = await sendInVain(shop, "away", 4);
  await dovecot.restart();
  await shop.untilTold("bounce_ts", first.length + second.length);

  // Two are left, and have the numbers 1 and 2: all that comes in next has numbers that were read before.
  await dovecot.remove(shop.bounceBox, first.length + second.length - 2);
  await dovecot.newUidValidity(shop.bounceBox);
  const third = await sendInVain(shop, "anew", 4);
  await shop.untilTold("bounce_ts", first.length + second.length + third.length);

  const [fourth] = await Promise.all([sendInVain(shop, "amid", 8), dovecot.restart()]);
  await expectEachToldOnce(shop, [...first, ...second, ...third, ...fourth]);
});

test("of two processes on one database one reads the mailbox, and the other takes over when it dies", async ({
  skip,
}) => {
  const office = postOfficeOf();
  if ("unavailable" in office) return skip(office.unavailable);
  const shop = await openShop(binaryUnderTest(), office, { marked: true, processes: 2 });
  const before = await sendInVain(shop, "both", 6);
  await shop.untilTold("bounce_ts", before.length);
  expect(shop.processes.map((one) => /came in by imap/.test(one.log()))).toEqual([true, false]);

  await shop.untilWritten(before);
  await shop.processes[0]?.kill();
  const after = await sendInVain(shop, "one", 4);
  await expectEachToldOnce(shop, [...before, ...after]);
});
