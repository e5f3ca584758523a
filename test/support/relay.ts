/** The way of a client to the proxy: each answer is held against the document of the API, and a test may have some lost. */
import { checkAnswer } from "../api/declared.ts";
import { listen } from "./listen.ts";

export interface Relay {
  url: string;
  /** What came, in its order, answered or not. */
  requests: { call: string; headers: Headers }[];
  /** So many requests to come are worked on, and their connections end without an answer. */
  lose(answers: number): void;
}

/** What belongs to one connection alone (RFC 9110 7.6.1), or is said anew of the body. */
const OF_THE_CONNECTION = ["host", "connection", "content-length", "transfer-encoding", "content-encoding"];

/** @param target where the proxy is; gone when the test ends. */
export async function startRelay(target: () => string): Promise<Relay> {
  let toLose = 0;
  const requests: Relay["requests"] = [];
  const url = await listen(async (request) => {
    const { pathname, search } = new URL(request.url);
    requests.push({ call: `${request.method} ${pathname}`, headers: request.headers });
    const isLost = toLose > 0;
    if (isLost) toLose -= 1;
    const answer = await forward(target() + pathname + search, request);
    return isLost ? undefined : answer;
  });
  const lose: Relay["lose"] = (answers) => {
    toLose = answers;
  };
  return { url, requests, lose };
}

async function forward(url: string, request: Request): Promise<Response> {
  const { method } = request;
  const body = await request.text();
  const answer = await fetch(url, {
    method,
    headers: passedOn(request.headers),
    ...(body === "" ? {} : { body }),
  });
  const text = await answer.text();
  try {
    checkAnswer(method, url, answer, text);
  } catch (undeclared) {
    return Response.json({ name: "undeclared_answer", message: String(undeclared) }, { status: 500 });
  }
  return new Response(text, { status: answer.status, headers: passedOn(answer.headers) });
}

function passedOn(headers: Headers): Headers {
  const passed = new Headers(headers);
  for (const name of OF_THE_CONNECTION) passed.delete(name);
  return passed;
}
