/** A name server over UDP on this machine, with the records of a test (RFC 1035 4.1). */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { onTestFinished } from "vitest";

/** By name: texts as they are, mail exchangers with their preference, addresses. */
export type Zone = Record<string, { txt?: string[]; mx?: [number, string][]; a?: string[] }>;

const TYPES = { a: 1, mx: 15, txt: 16 };
const NO_SUCH_NAME = 3;

/** Answers its address with its port, as a resolver is told it. */
export async function startNameServer(zone: Zone): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => socket.send(answerTo(query, zone), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

function answerTo(query: Buffer, zone: Zone): Buffer {
  const { name, end } = nameAt(query, 12);
  const type = query.readUInt16BE(end);
  const records = zone[name.toLowerCase()];
  const answers = records === undefined ? [] : dataOf(records, type).map((data) => record(type, data));
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (records === undefined ? NO_SUCH_NAME : 0), 2); // an answer, recursion as wished
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, query.subarray(12, end + 4), ...answers]);
}

function nameAt(query: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), end: at + 1 };
}

/** The name is a pointer to the one of the question. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataOf({ txt = [], mx = [], a = [] }: Zone[string], type: number): Buffer[] {
  if (type === TYPES.txt) return txt.map(strings);
  if (type === TYPES.a) return a.map((address) => Buffer.from(address.split(".").map(Number)));
  if (type !== TYPES.mx) return [];
  return mx.map(([preference, exchange]) => Buffer.concat([Buffer.from([0, preference]), labels(exchange)]));
}

/** In pieces of at most 255 bytes, as long keys come. */
function strings(text: string): Buffer {
  const pieces = text.match(/.{1,255}/gs) ?? [""];
  return Buffer.concat(pieces.map((piece) => Buffer.from(String.fromCharCode(piece.length) + piece, "latin1")));
}

function labels(name: string): Buffer {
  const parts = name.split(".").filter(Boolean);
  return Buffer.from(`${parts.map((part) => String.fromCharCode(part.length) + part).join("")}\0`, "latin1");
}
