/** Requests that servers have stumbled over: each in its own words, for the application and for the listener. */
import { expect } from "vitest";

const deep = (open: string, close: string, depth: number) => `${open.repeat(depth)}0${close.repeat(depth)}`;
const inMessage = (fields: string) => `{"messages": [{"id": "odd", "from": "a@b.cd", "to": "e@f.gh", ${fields}}]}`;
const bytes = (...values: number[]) => Buffer.from(values);
const around = (middle: Buffer) => Buffer.concat([Buffer.from('{"messages": [{"id": "'), middle, Buffer.from('"}]}')]);

/** Bodies that claim to be JSON. */
export const BODIES: [what: string, body: string | Uint8Array<ArrayBuffer>][] = [
  ["arrays in arrays", deep("[", "]", 100_000)],
  ["objects in objects", deep('{"a":', "}", 50_000)],
  ["arrays never closed", "[".repeat(200_000)],
  ["a message nested deeply", `{"messages": [${deep("[", "]", 20_000)}]}`],
  ["metadata nested deeply", inMessage(`"metadata": {"a": ${deep('{"a":', "}", 20_000)}}`)],
  ["attachments nested deeply", inMessage(`"attachments": ${deep("[", "]", 20_000)}`)],
  ["a hundred thousand messages", `{"messages": [${Array(100_000).fill("{}").join(",")}]}`],
  ["a hundred thousand ids", `{"ids": [${Array(100_000).fill('"a"').join(",")}]}`],
  ["a hundred thousand fields", `{${Array.from({ length: 100_000 }, (_, n) => `"f${n}": 0`).join(",")}}`],
  ["a hundred thousand recipients", inMessage(`"cc": [${Array(100_000).fill('"x@y.zz"').join(",")}]`)],
  ["a hundred thousand commas", inMessage(`"cc": "${",".repeat(100_000)}"`)],
  ["a hundred thousand brackets", inMessage(`"cc": "${"<".repeat(100_000)}"`)],
  ["a hundred thousand open comments", inMessage(`"cc": "${"(".repeat(100_000)}"`)],
  ["a hundred thousand labels", inMessage(`"cc": "a@${"b.".repeat(100_000)}cd"`)],
  ["a name of a megabyte", `{"${"n".repeat(2 ** 20)}": 0}`],
  ["a number beyond all", inMessage('"priority": 1e999, "deferred_ts": -1e999, "date": 1e308')],
  ["a number of ten thousand digits", inMessage(`"deferred_ts": ${"9".repeat(10_000)}`)],
  ["a number next to nothing", inMessage('"deferred_ts": 1e-999, "expires_ts": -0, "priority": -0')],
  ["numbers instead of texts", '{"messages": [{"id": 1, "from": 2, "to": [3], "subject": 4}]}'],
  ["a field twice", '{"messages": [], "messages": 1, "default_priority": 1, "default_priority": "x"}'],
  ["__proto__", '{"__proto__": {"messages": []}, "constructor": {"prototype": {"polluted": true}}}'],
  ["__proto__ in a message", inMessage('"__proto__": {"subject": "s"}, "headers": {"__proto__": "x"}')],
  ["__proto__ in labels", inMessage('"tags": {"__proto__": "a", "constructor": "b", "toString": "c"}')],
  ["half of a surrogate pair", inMessage('"subject": "\\ud800", "metadata": {"\\udfff": "\\ud800"}')],
  ["NUL", inMessage('"subject": "a\\u0000b", "batch_code": "\\u0000", "headers": {"X-\\u0000": "\\u0000"}')],
  ["line breaks", inMessage('"subject": "a\\r\\nBcc: x@y.zz", "message_id": "<a@b>\\r\\nX: y"')],
  ["directions and joiners", inMessage('"subject": "\\u202e\\u2066\\u200d\\ufeff", "batch_code": "\\u2028"')],
  ["a byte order mark", `\ufeff${inMessage('"subject": "s"')}`],
  ["UTF-16", Buffer.from(inMessage('"subject": "s"'), "utf16le")],
  ["bytes that are no UTF-8", around(bytes(0xff, 0xfe, 0x80))],
  ["a cut character", around(bytes(0xf0, 0x9f, 0x98))],
  ["an overlong slash", around(bytes(0xc0, 0xaf))],
  ["a surrogate as UTF-8", around(bytes(0xed, 0xa0, 0x80))],
  ["bytes alone", bytes(0x00, 0x01, 0x02, 0xff)],
  ["no JSON", "messages=1&id=2"],
  ["half of a JSON", '{"messages": [{"id": "a'],
  ["two JSONs", "{} {}"],
  ["what JavaScript would take", "{messages: [], 'a': NaN, b: undefined, /* c */}"],
  ["white space", " \t\r\n"],
  ["null", "null"],
  ["true", "true"],
  ["a text", '"messages"'],
  ["an array", "[]"],
  ["messages that are one", '{"messages": {"0": {"id": "a"}, "length": 1}}'],
  ["holes", '{"messages": [null, 0, "", false, [], {}]}'],
];

/** Targets as they stand in the first line. */
export const TARGETS = [
  "/%",
  "/%00",
  "/%ff%fe",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/..;/status",
  "//status",
  "/status/",
  "/status%20",
  "/%73tatus",
  "/messages/%E0%A4%A",
  "/messages/%F0%9F%98",
  "/messages/a%2Fb%2F..%2F..",
  "/messages/%252e%252e",
  "/messages/__proto__",
  "/tenant/__proto__",
  "/tenant/constructor",
  "/account/%00",
  "/account/..%2f..%2fstatus",
  "/commands/add-messages/",
  "/commands/%61dd-messages",
  "/messages?%",
  "/messages?tenant_id=%ff",
  "/messages?tenant_id[]=a&tenant_id[]=b",
  "/messages?__proto__=x&constructor=y",
  "/messages?limit=1e2",
  "/messages?cursor=99999999999999999999",
  "/messages?since=9e99&until=-1",
  "/messages?q=%25%25%5f",
  `/messages?q=${"a%25".repeat(60)}`,
  `/${"a/".repeat(2_000)}`,
  `/messages/${"a".repeat(4_000)}`,
  `/messages?${"a=1&".repeat(1_000)}`,
];

/** Every answer is one of ours: no fault of the server, and a refusal says what is wrong in the one shape that clients know. */
export function expectOurs(answer: { status: number; body: Record<string, unknown> }, requestId: string | null): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status < 400) return;
  expect(answer.body).toMatchObject({ ok: false, details: expect.any(Array), request_id: requestId });
  expect(answer.body.error).toMatch(/\S/);
  expect(answer.body.code).toMatch(/^[a-z_]+$/);
}
