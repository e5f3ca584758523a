/** A mailbox is read once and to its end, whatever happens to its server, its reader or the database. */
import { expect, test } from "vitest";
import { mailboxDelayMs } from "../../src/bounces/mailbox-backoff.ts";
import { claimMailbox, fail, type Lease } from "../../src/bounces/mailbox-lease.ts";
import { rows } from "../../src/db/database.ts";
import { updateInstance } from "../../src/tenancy/instance.ts";
import { processOf, T0, world } from "./mailbox-memory.ts";

const WEEK = 7 * 24 * 3_600_000;

test("each mail is read once, also by the process that comes after", async () => {
  const here = await world();
  for (const text of ["a", "b"]) here.mailbox.add(text);
  await processOf(here).runNow();
  here.mailbox.add("c");
  await processOf(here).runNow();
  expect(here.received).toEqual(["a", "b", "c"]);
  expect(here.mailbox.connections).toBe(0);
});

test.each([
  ["that says which number comes next", true],
  ["that does not say so", false],
])(
  "at first contact with a server %s it begins with what came in of late, not with all of its past",
  async (_, namesNext) => {
    const here = await world();
    here.mailbox.namesNext = namesNext;
    here.mailbox.add("old", T0 - 2 * WEEK);
    await processOf(here).runNow();
    expect(here.received).toEqual([]);
    here.mailbox.add("moved here, and old", T0 - 3 * WEEK);
    here.mailbox.add("new", T0);
    await processOf(here).runNow();
    expect(here.received).toEqual(["moved here, and old", "new"]);
  },
);

test("under another UIDVALIDITY, and in another place, it begins anew with what came in of late", async () => {
  const here = await world();
  here.mailbox.add("old", T0 - 2 * WEEK);
  here.mailbox.add("new");
  await processOf(here).runNow();
  here.mailbox.renumber();
  await processOf(here).runNow();
  expect(here.received).toEqual(["new", "new"]);
  await updateInstance(here.db, here.vault, { bounce_imap_folder: "Bounces" }, T0);
  await processOf(here).runNow();
  expect(here.received).toEqual(["new", "new", "new"]);
});

test("a large mailbox is read in pages", async () => {
  const here = await world();
  for (let n = 1; n <= 120; n += 1) here.mailbox.add(`mail ${n}`);
  await processOf(here).runNow();
  expect(here.mailbox.pages).toEqual([50, 50, 20]);
  expect(here.received).toHaveLength(120);
});

test("a mail that goes away between list and fetch holds nothing up", async () => {
  const here = await world();
  for (const text of ["a", "b", "c"]) here.mailbox.add(text);
  const deleteTheNext = async (text: string) => void (text === "a" && here.mailbox.mails.delete(2));
  await processOf(here, {}, deleteTheNext).runNow();
  await processOf(here).runNow();
  expect(here.received).toEqual(["a", "c"]);
});

test("where the connection breaks within a page, what was read of it is not read again", async () => {
  const here = await world();
  for (const text of ["a", "b", "c"]) here.mailbox.add(text);
  here.mailbox.brokenAt = 3;
  const mailboxes = processOf(here);
  await mailboxes.runNow();
  expect(here.received).toEqual(["a", "b"]);
  here.mailbox.brokenAt = undefined;
  here.clock.now += mailboxDelayMs(1);
  await mailboxes.runNow();
  expect(here.received).toEqual(["a", "b", "c"]);
});

test("a mail that the receiver cannot bear, or the server does not hand out, is passed over", async () => {
  const here = await world();
  for (const text of ["a", "poison", "refused", "d"]) here.mailbox.add(text);
  here.mailbox.refused.add(3);
  let tries = 0;
  const receive = async (text: string) => {
    if (text !== "poison") return;
    tries += 1;
    throw new TypeError("cannot be borne");
  };
  await processOf(here, {}, receive).runNow();
  await processOf(here).runNow();
  expect(here.received).toEqual(["a", "d"]);
  expect(tries).toBe(2);
});

test("where the database takes no writes, the cursor stays and nothing is passed over", async () => {
  const here = await world();
  for (const text of ["a", "b"]) here.mailbox.add(text);
  const away = "create trigger away before update on mailboxes begin select raise(abort, 'away'); end";
  const back = "drop trigger away";
  let tries = 0;
  const receive = async (text: string) => {
    if (text !== "b") return;
    tries += 1;
    await rows(here.db, tries === 1 ? away : back); // a second try would find it back, and have no more
    throw new Error("away");
  };
  await processOf(here, {}, receive).runNow();
  expect(tries).toBe(1);
  await rows(here.db, back);
  here.clock.now += 120_000; // nobody could give the lease back
  await processOf(here).runNow();
  expect(here.received).toEqual(["a", "a", "b"]);
});

test("a mailbox that cannot be read is tried after 5 s, doubling to 15 min, whichever process does it", async () => {
  expect([1, 2, 3, 8, 9, 2_000].map(mailboxDelayMs)).toEqual([5_000, 10_000, 20_000, 640_000, 900_000, 900_000]);
  const here = await world();
  here.mailbox.fault = "the login was refused";
  const [one, two] = [processOf(here), processOf(here)];
  await one.runNow();
  await two.runNow();
  here.clock.now += 4_999;
  await two.runNow();
  expect(here.mailbox.attempts).toHaveLength(1);
  here.clock.now += 1;
  await two.runNow();
  expect(here.mailbox.attempts).toHaveLength(2);
  expect(await one.states()).toMatchObject([
    { id: "instance", state: "failing", lastError: "the login was refused", retryAt: here.clock.now + 10_000 },
  ]);
  here.mailbox.fault = undefined;
  here.clock.now += 10_000;
  await one.runNow();
  expect(await one.states()).toMatchObject([{ state: "unread", retryAt: null, lastReadAt: here.clock.now }]);
});

test("reload-bounce ends a backoff, and reads anew by the settings as they are", async () => {
  const here = await world();
  here.mailbox.fault = "the login was refused";
  const mailboxes = processOf(here);
  await mailboxes.runNow();
  here.mailbox.fault = undefined;
  await updateInstance(here.db, here.vault, { bounce_imap_password: "another" }, T0);
  expect(await mailboxes.reload()).toBe(1);
  await mailboxes.runNow();
  expect(here.mailbox.attempts.map(({ password }) => password)).toEqual(["secret", "another"]);
  expect(await mailboxes.states()).toMatchObject([{ state: "unread" }]);
});

test("one process reads, another one when the lease is over, and at once when it is given back", async () => {
  const here = await world();
  const claim = { id: "instance", place: "x", token: 1, leaseMs: 1_000 };
  expect(await claimMailbox(here.db, claim, T0)).toBeDefined();
  expect(await claimMailbox(here.db, { ...claim, token: 2 }, T0 + 999)).toBeUndefined();
  expect(await claimMailbox(here.db, claim, T0 + 999)).toBeDefined(); // its answer was lost: it asks again
  const second = await claimMailbox(here.db, { ...claim, token: 2 }, T0 + 1_999);
  await fail(here.db, second as Lease, "away", T0 + 1_999);
  expect(await claimMailbox(here.db, claim, T0 + 6_998)).toBeUndefined();
  expect(await claimMailbox(here.db, claim, T0 + 6_999)).toBeDefined();

  const live = { TEST_MODE: "false", POLL_INTERVAL: "0.05" };
  const other = await world();
  other.clock.now = T0;
  const [one, two] = [processOf(other, live), processOf(other, live)];
  one.start();
  await expect.poll(() => one.states()).toMatchObject([{ state: "waiting" }]);
  two.start();
  other.mailbox.add("a");
  await expect.poll(() => other.received).toEqual(["a"]);
  expect(await two.states()).toMatchObject([{ state: "elsewhere" }]);
  expect(other.mailbox.attempts).toHaveLength(1);
  await one.stop(1_000);
  await expect.poll(() => two.states()).toMatchObject([{ state: "waiting" }]);
  other.mailbox.add("b");
  await expect.poll(() => other.received).toEqual(["a", "b"]);
});

test("a reader that has lost its lease moves no cursor, and leaves the mailbox to the new one", async () => {
  const here = await world();
  const live = { TEST_MODE: "false", POLL_INTERVAL: "0.05" };
  const old = processOf(here, { ...live, POLL_INTERVAL: "60" });
  old.start();
  await expect.poll(() => old.states()).toMatchObject([{ state: "waiting" }]);
  const heir = processOf(here, live);
  heir.start();
  await heir.reload();
  await expect.poll(() => heir.states()).toMatchObject([{ state: "waiting" }]);
  here.mailbox.add("a");
  await expect.poll(() => old.states()).toMatchObject([{ state: "elsewhere" }]);
  expect(await heir.states()).toMatchObject([{ state: "waiting" }]);
  expect(await rows(here.db, "select last_uid from mailboxes")).toEqual([{ last_uid: 1 }]);
});

test("a reader whose mailbox another process has taken over ends, also where nothing comes in", async () => {
  const here = await world();
  const live = { TEST_MODE: "false", POLL_INTERVAL: "0.05" };
  const [old, heir] = [processOf(here, live), processOf(here, live)];
  old.start();
  await expect.poll(() => old.states()).toMatchObject([{ state: "waiting" }]);
  heir.start();
  await heir.reload();
  await expect.poll(() => here.mailbox.attempts.length).toBe(2);
  await expect.poll(() => here.mailbox.connections).toBe(1);
  expect(await old.states()).toMatchObject([{ state: "elsewhere" }]);
});

test("what another process has saved is found also after the clock was set back", async () => {
  const here = await world();
  const mailboxes = processOf(here, { TEST_MODE: "false", POLL_INTERVAL: "0.05" });
  mailboxes.start();
  await expect.poll(() => mailboxes.states()).toMatchObject([{ state: "waiting" }]);
  here.clock.now -= 3_600_000;
  await updateInstance(here.db, here.vault, { bounce_imap_folder: "Bounces" }, T0);
  await expect.poll(() => here.mailbox.attempts.length).toBe(2);
});

test("without a mailbox nothing is claimed, and a stop ends what is read", async () => {
  const here = await world();
  await updateInstance(here.db, here.vault, { bounce_enabled: false }, T0);
  const mailboxes = processOf(here, { TEST_MODE: "false", POLL_INTERVAL: "0.05" });
  mailboxes.start();
  await mailboxes.runNow();
  expect(await rows(here.db, "select * from mailboxes")).toEqual([]);
  await updateInstance(here.db, here.vault, { bounce_enabled: true }, T0);
  await mailboxes.reload();
  await expect.poll(() => here.mailbox.connections).toBe(1);
  await mailboxes.stop(1_000);
  expect(here.mailbox.connections).toBe(0);
  expect(await rows(here.db, "select token, lease_until from mailboxes")).toEqual([{ token: null, lease_until: null }]);
});
