import { expect, test } from "vitest";
import { nextIdleAt, readAnswer, refusedEvents } from "../../src/reports/answer.ts";
import type { EventRow } from "../../src/reports/report.ts";

const SILENT = { queued: 0, nextSyncAt: undefined, error: [], notFound: [] };

test.each([
  [
    "the whole answer",
    '{"ok":true,"queued":3,"next_sync_after":10,"error":["a"],"not_found":["b"]}',
    { queued: 3, nextSyncAt: 10_000, error: ["a"], notFound: ["b"] },
  ],
  ["a float moment", '{"next_sync_after":10.5}', { nextSyncAt: 10_500 }],
  ["a moment beyond all calendars", '{"next_sync_after":1e300}', { nextSyncAt: 8.64e15 }],
  ["numbers as ids, and what is no id", '{"error":[1,null,{"id":2},"x"]}', { error: ["1", "x"] }],
  [
    "one wrong field, which spoils no other",
    '{"queued":"many","error":"m1","not_found":["b"],"next_sync_after":null}',
    { notFound: ["b"] },
  ],
  ["a negative count", '{"queued":-1}', {}],
  ["plain text", "ok", {}],
  ["an empty body", "", {}],
  ["an array", "[1]", {}],
  ["half a JSON text", '{"queued":', {}],
  ["a body too long to be read", undefined, {}],
])("%s is understood", (_, body, expected) => {
  expect(readAnswer(body)).toEqual({ ...SILENT, ...expected });
});

const event = (id: number, messageId: string): EventRow => ({
  id,
  type: "sent",
  at: 0,
  data: "{}",
  report_tries: 0,
  tenant_id: "t",
  message_id: messageId,
  pk: `pk-${messageId}`,
  request_id: null,
  account_id: null,
  priority: 2,
});

test.each([
  ["a message id means every event of the message", ["a"], [1, 2]],
  ["a pk works as well", ["pk-b"], [3]],
  ["so does an event id", ["3"], [3]],
  ["a number that is a message id is not taken for an event id", ["1"], [4]],
  ["an unknown id means nothing", ["zzz"], []],
])("refused: %s", (_, refused, expected) => {
  const events = [event(1, "a"), event(2, "a"), event(3, "b"), event(4, "1")];
  expect(refusedEvents(events, refused).map(({ id }) => id)).toEqual(expected);
});

test.each([
  ["without a word, the interval", 0, undefined, 400],
  ["an earlier agreement outlives a call that says nothing", 9_000, undefined, 9_000],
  ["a new agreement replaces it", 9_000, 2_000, 2_000],
  ["a moment that has passed means the interval", 9_000, 50, 400],
])("the next idle call: %s", (_, previous, nextSyncAt, expected) => {
  expect(nextIdleAt(previous, { ...SILENT, nextSyncAt }, 100, 300)).toBe(expected);
});
