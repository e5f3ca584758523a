import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { Intake } from "../../src/queue/intake.ts";
import type { NewMessage } from "../../src/queue/message.ts";
import { testDatabase } from "../support/database.ts";
import { addAccount, addTenant, newMessage, T0 } from "../support/queue.ts";
import { watch } from "../support/statements.ts";

/** An intake whose commits are counted, and messages for it; `arriving` happens in every turn of the event loop. */
async function watchedIntake(arriving: () => void = () => undefined) {
  const db = await testDatabase();
  const watched = watch(db);
  await addTenant(watched.db);
  const account = await addAccount(watched.db);
  watched.roundTrips = 0;
  const intake = new Intake(
    watched.db,
    () => T0,
    async () => {
      arriving();
      await nextTurn();
    },
  );
  const messages = (count: number, prefix: string): NewMessage[] =>
    Array.from({ length: count }, (_, n) => newMessage(account, `${prefix}-${n}`));
  return { db, watched, intake, messages };
}

test("requests that arrive in turns without a gap share one commit, and each is answered after it", async () => {
  const answers: Promise<unknown>[] = [];
  const { watched, intake, messages } = await watchedIntake(() => {
    if (answers.length < 10) answers.push(intake.add(messages(1, `turn${answers.length}`), 1_000));
  });
  answers.push(intake.add(messages(1, "first"), 1_000));
  await answers[0];
  expect(answers).toHaveLength(10);
  expect(await Promise.all(answers)).toEqual(Array(10).fill([undefined]));
  expect(watched.roundTrips).toBe(1);
  expect(await rows(watched.db, "select count(*) as n from messages")).toEqual([{ n: 10 }]);
});

test("a request that stands alone is committed at once", async () => {
  const { watched, intake, messages } = await watchedIntake();
  await intake.add(messages(1, "first"), 1_000);
  await intake.add(messages(1, "second"), 1_000);
  expect(watched.roundTrips).toBe(2);
});

test.each([
  ["1,000 messages", 600, 1_000],
  ["8 MiB", 1, 5 * 1024 * 1024],
])("one commit takes at most %s of several requests", async (_, count, bytes) => {
  const { watched, intake, messages } = await watchedIntake();
  await Promise.all(["a", "b", "c"].map((prefix) => intake.add(messages(count, prefix), bytes)));
  expect(watched.roundTrips).toBe(3);
  expect(await rows(watched.db, "select count(*) as n from messages")).toEqual([{ n: 3 * count }]);
});

test("a stream of requests that never pauses still commits", async () => {
  const others: Promise<unknown>[] = [];
  let answered = false;
  const { intake, messages } = await watchedIntake(() => {
    if (!answered && others.length < 500) others.push(intake.add(messages(1, `more${others.length}`), 1_000));
  });
  await intake.add(messages(1, "first"), 1_000);
  answered = true;
  expect(others.length).toBeLessThan(500);
  await Promise.all(others);
});

test("where a commit fails all of its requests hear of it", async () => {
  const { db, intake, messages } = await watchedIntake();
  db.client.close();
  const answers = await Promise.allSettled(["a", "b"].map((prefix) => intake.add(messages(1, prefix), 1_000)));
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
