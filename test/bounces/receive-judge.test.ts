/** What is believed of a notice and what is not: a table of cases. */
import { describe, expect, test } from "vitest";
import type { Candidate, Found } from "../../src/bounces/match.ts";
import { type Marked, pksOf } from "../../src/bounces/match-message.ts";
import type { Notice, Original, RecipientNotice } from "../../src/bounces/notice.ts";
import { judge } from "../../src/bounces/receive-judge.ts";
import type { StoredRecipient } from "../../src/db/recipients.ts";

const PK = "019a0000-0000-7000-8000-00000000000a";
const OTHER = "019a0000-0000-7000-8000-00000000000b";
const UNKNOWN = "019a0000-0000-7000-8000-00000000000c";
const A: StoredRecipient = ["to", "a@example.net", "sent", 250, "2.0.0", "ok"];
const B: StoredRecipient = ["cc", "B@Example.net", "sent", 250, "2.0.0", "ok"];
const MARKING = "bounces+*@example.com";

function message(pk: string, over: Partial<Candidate> = {}): Candidate {
  return {
    seq: 1,
    pk,
    tenantId: "acme",
    id: "m1",
    requestId: null,
    state: "sent",
    outcomeUnknown: false,
    recipients: [A],
    labels: {},
    ...over,
  };
}

interface Case {
  original?: Partial<Original>;
  marked?: Marked;
  there?: Candidate[];
  byId?: Candidate[];
  returnPath?: string;
  tenantId?: string;
  told?: Partial<RecipientNotice>[];
}

const FAILED: RecipientNotice = { action: "failed", status: "5.1.1", reason: "no such user", finalRecipient: A[1] };

/** The outcome of a delivery notice: the recipients of which something is believed, or why nothing is. */
function outcome({ original, marked, there = [message(PK)], byId = [], returnPath, tenantId, told = [{}] }: Case) {
  const notice: Notice = {
    kind: "delivery",
    original: { messageIds: [], ...original },
    recipients: told.map((one) => ({ ...FAILED, ...one })),
    addressedTo: [],
    identity: "<1@mx.example>",
  };
  const found: Found = { byPk: there, byId, returnPath };
  const { believed, ignored } = judge(notice, { found, marked, tenantId, suppressUntil: null });
  return [...believed.map(({ entry, recipient }) => `${entry.pk} ${recipient}`), ...ignored.map(({ why }) => why)];
}

const believed = [`${PK} a@example.net`];

describe("which message is meant", () => {
  const both = [message(PK), message(OTHER)];
  test.each<[string, Case, string[]]>([
    ["by X-Mail-Proxy-ID", { original: { pk: PK } }, believed],
    ["in capital letters", { original: { pk: ` ${PK.toUpperCase()}` } }, believed],
    ["by a Message-ID of ours", { original: { messageIds: ["<x@y>", `<${PK}@example.com>`] } }, believed],
    ["by the envelope id", { original: { envelopeId: PK } }, believed],
    ["by the mark alone", { marked: PK }, believed],
    ["by the mark, whatever the application's id is", { marked: PK, original: { id: "else" } }, believed],
    ["by all of them", { marked: PK, original: { pk: PK, envelopeId: PK } }, believed],
    ["a Message-ID that only looks like ours", { original: { messageIds: [`<${UNKNOWN}@x>`] } }, ["names no message"]],
    ["an envelope id of the application's own", { original: { envelopeId: UNKNOWN, pk: PK } }, believed],
    [
      "X-Mail-Proxy-ID counts more than a thread",
      { there: both, original: { pk: PK, messageIds: [`<${OTHER}@x>`] } },
      believed,
    ],
    [
      "the returned Message-ID comes first",
      { there: both, original: { messageIds: [`<${PK}@x>`, `<${OTHER}@x>`] } },
      believed,
    ],
    ["nothing at all", {}, ["names no message"]],
    ["a message that is gone", { original: { pk: UNKNOWN } }, ["no such message"]],
    [
      "a message that is gone, and an id that is not",
      { original: { pk: UNKNOWN, id: "m1" }, byId: [message(PK)] },
      ["no such message"],
    ],
    ["a mark that is none of ours", { marked: "forged", original: { pk: PK } }, ["forged"]],
    ["a mark of another message", { there: both, marked: OTHER, original: { pk: PK } }, ["forged"]],
    ["a mark beside a message that is gone", { marked: PK, original: { pk: UNKNOWN } }, ["forged"]],
    [
      "a mark beside another's Message-ID",
      { there: both, marked: OTHER, original: { messageIds: [`<${PK}@x>`] } },
      ["forged"],
    ],
    [
      "a mark beside a thread with its message",
      { there: both, marked: PK, original: { messageIds: [`<${OTHER}@x>`, `<${PK}@x>`] } },
      believed,
    ],
    ["its own tenant's", { original: { pk: PK }, tenantId: "acme" }, believed],
    ["another tenant's", { original: { pk: PK }, tenantId: "globex" }, ["foreign"]],
    ["another tenant's by its mark", { marked: PK, tenantId: "globex" }, ["foreign"]],
  ])("%s", (_, given, expected) => {
    expect(outcome(given)).toEqual(expected);
  });

  const byId = { original: { id: "m1" }, there: [], byId: [message(PK)] };
  test.each<[string, Case, string[]]>([
    ["the application's own id", byId, believed],
    ["while bounces go to one place", { ...byId, returnPath: "bounces@example.com" }, believed],
    ["while every mail goes out with a mark", { ...byId, returnPath: MARKING }, ["not signed"]],
    ["of two tenants at once", { ...byId, byId: [message(PK), message(OTHER, { tenantId: "globex" })] }, ["ambiguous"]],
    ["of nobody", { ...byId, byId: [] }, ["no such message"]],
    [
      "a Message-ID that the application chose",
      { ...byId, original: { messageIds: ["<own@shop.example>"] } },
      believed,
    ],
    [
      "a Message-ID that nobody chose",
      { original: { messageIds: ["<own@shop.example>"] }, there: [] },
      ["no such message"],
    ],
    ["for somebody else", { ...byId, told: [{ finalRecipient: "x@example.net" }] }, ["not a recipient"]],
  ])("by what others may guess: %s", (_, given, expected) => {
    expect(outcome(given)).toEqual(expected);
  });
});

describe("which recipient is meant", () => {
  const two = { there: [message(PK, { recipients: [A, B] })] };
  const idn = { there: [message(PK, { recipients: [["to", "ü@Bücher.example", "sent"]] })] };
  test.each<[string, Case, string[]]>([
    ["the original one first", { ...two, told: [{ originalRecipient: "b@example.NET" }] }, [`${PK} B@Example.net`]],
    [
      "the final one where the original says nothing",
      { ...two, told: [{ originalRecipient: "x@y.example" }] },
      believed,
    ],
    [
      "in another spelling",
      { ...idn, told: [{ finalRecipient: "Ü@xn--bcher-kva.example" }] },
      [`${PK} ü@Bücher.example`],
    ],
    ["forwarded to somebody unknown", { told: [{ finalRecipient: "x@elsewhere.example" }] }, believed],
    ["no name at all", { told: [{ finalRecipient: undefined }] }, believed],
    ["no name that is an address", { told: [{ finalRecipient: "postmaster" }] }, believed],
    [
      "forwarded, and there are two",
      { ...two, told: [{ finalRecipient: "x@elsewhere.example" }] },
      ["not a recipient"],
    ],
    [
      "each for itself",
      { ...two, told: [{}, { finalRecipient: "x@y.example" }, { finalRecipient: B[1] }] },
      [...believed, `${PK} B@Example.net`, "not a recipient"],
    ],
    ["nobody", { told: [] }, ["names no recipient"]],
  ])("%s", (_, given, expected) => {
    expect(outcome({ original: { pk: PK }, ...given })).toEqual(expected);
  });

  const waiting: StoredRecipient = ["to", "a@example.net"];
  const refused: StoredRecipient = ["to", "a@example.net", "error", 550, "5.1.1", "no"];
  test.each<[string, Partial<Candidate>, string[]]>([
    ["waits", { state: "ready", recipients: [waiting] }, ["was not sent to"]],
    ["was refused", { state: "error", recipients: [refused] }, ["was not sent to"]],
    ["is being sent", { state: "sending", recipients: [waiting] }, believed],
    ["is being sent to others", { state: "sending", recipients: [refused] }, ["was not sent to"]],
    ["waits to be sent to others", { state: "scheduled", recipients: [A] }, believed],
    ["may have been taken, nobody knows", { state: "error", recipients: [refused], outcomeUnknown: true }, believed],
  ])("of a message that %s", (_, over, expected) => {
    expect(outcome({ original: { pk: PK }, there: [message(PK, over)] })).toEqual(expected);
  });
});

test("a notice names each pk once, the one that it calls so first, and no thread is too long", () => {
  const thread = Array.from({ length: 1_000 }, (_, n) => `<${PK.slice(0, -4)}${String(n).padStart(4, "0")}@x>`);
  const pks = pksOf({ pk: PK, envelopeId: PK, messageIds: [`<${PK.toUpperCase()}@X>`, ...thread] });
  expect(pks[0]).toBe(PK);
  expect(pks.length).toBeLessThanOrEqual(51);
  expect(new Set(pks).size).toBe(pks.length);
});
