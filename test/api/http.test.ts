import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { rows } from "../../src/db/database.ts";
import { apiWithTenant, message, type TestApi } from "./support.ts";

/** The API behind a real server; answers its URL. */
async function served(api: TestApi): Promise<string> {
  const server = createServer((request, response) => void pass(api, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((done) => server.close(() => done(undefined))));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function pass(api: TestApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = new ReadableStream({
    async start(controller) {
      for await (const chunk of request) controller.enqueue(chunk);
      controller.close();
    },
  });
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const init = { method: request.method ?? "GET", headers, body, duplex: "half" };
  const answer = await api.app.fetch(new Request(`http://127.0.0.1${request.url}`, init));
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
}

function post(url: string, key: string, body: BodyInit): Promise<Response> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const init = { method: "POST", headers, body, duplex: "half" };
  return fetch(`${url}/commands/add-messages`, init);
}

/** A body of unknown length. */
function streamed(text: string): ReadableStream<Uint8Array> {
  const chunks = text.match(/.{1,1000}/gs) ?? [];
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

test("over real HTTP a batch is committed before its answer, and a streamed body is read to its end", async () => {
  const { api, key } = await apiWithTenant();
  const url = await served(api);
  const batch = JSON.stringify({ messages: [message("m", { body: "x".repeat(5_000) })] });
  for (const body of [batch, streamed(batch)]) {
    const answer = await post(url, key, body);
    expect(await answer.json()).toEqual({ ok: true, queued: 1, rejected: [] });
    expect(await rows(api.service.db, "select id from messages")).toEqual([{ id: "m" }]);
  }
});

test("over real HTTP a streamed body is refused as soon as it is too large", async () => {
  const { api, key } = await apiWithTenant({ maxBodyBytes: 2_048 });
  const url = await served(api);
  const body = streamed(JSON.stringify({ messages: [message("m", { body: "x".repeat(5_000) })] }));
  const answer = await post(url, key, body);
  expect(answer.status).toBe(413);
});

test("a hundred requests at once are all committed", async () => {
  const { api, key } = await apiWithTenant();
  const url = await served(api);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => {
      const body = JSON.stringify({ messages: [message(`m-${n}`)] });
      return post(url, key, body).then(({ status }) => status);
    }),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(await rows(api.service.db, "select count(*) as n from messages")).toEqual([{ n: 100 }]);
});
