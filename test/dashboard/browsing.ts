/** Pages of the dashboard as somebody sees them who has logged in; without a browser. */
import { ADMIN_TOKEN, type TestApp } from "../support/app.ts";

const ORIGIN = "http://proxy.test";

export interface Browsing {
  get(path: string): Promise<Response>;
  /** Of a page that there is. */
  text(path: string): Promise<string>;
  /** Posts a form; where it led, and the page that is there. */
  submit(path: string, fields: Fields): Promise<{ location: string; text: string }>;
  /** The same, for the answer itself; as a page of that origin would, which is the dashboard's own unless another is named. */
  post(path: string, fields: Fields, from?: string): Promise<Response>;
}

type Fields = Record<string, string> | string[][] | FormData;

/** As the admin, or with a new key of the tenant. */
export async function browse({ app, call }: Pick<TestApp, "app" | "call">, tenant?: string): Promise<Browsing> {
  const token =
    tenant === undefined ? ADMIN_TOKEN : String((await call("POST", `/tenant/${tenant}/api-key`, {})).body.api_key);
  return browsing(ORIGIN, token, (request) => app.fetch(request));
}

/** With this token, at whatever answers the requests there. */
export async function browsing(
  origin: string,
  token: string,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<Browsing> {
  const jar = new Map<string, string>();

  const send = async (path: string, init: RequestInit = {}, from = origin) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { Origin: from, cookie };
    const response = await answer(new Request(origin + path, { ...init, headers, redirect: "manual" }));
    for (const set of response.headers.getSetCookie()) keep(jar, set);
    return response;
  };
  const post = (path: string, fields: Fields, from?: string) =>
    send(path, { method: "POST", body: fields instanceof FormData ? fields : new URLSearchParams(fields) }, from);
  const text = async (path: string) => {
    const response = await send(path);
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.text();
  };

  await post("/dashboard/login", { token });
  return {
    get: (path) => send(path),
    text,
    post,
    async submit(path, fields) {
      const response = await post(path, fields);
      const location = response.headers.get("Location");
      if (response.status !== 303 || location === null)
        throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return { location, text: await text(location) };
    },
  };
}

function keep(jar: Map<string, string>, set: string): void {
  const [pair = ""] = set.split(";");
  const end = pair.indexOf("=");
  if (/max-age=0/i.test(set)) jar.delete(pair.slice(0, end));
  else jar.set(pair.slice(0, end), pair.slice(end + 1));
}
