/** The ways to the dashboard: the server's own address in a browser, and the one that a start prints. */
import { expect, test } from "vitest";
import { commandLine, type Run } from "../cli/program.ts";
import { ADMIN_TOKEN, startApp, type TestApp } from "../support/app.ts";

/** What a browser says that somebody sits at. */
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

function ask({ app }: TestApp, path: string, headers: Record<string, string>, method = "GET"): Promise<Response> {
  return app.fetch(new Request(`http://proxy.test${path}`, { method, headers }));
}

test.each(["/", "/?from=mail"])("a browser that opens %s is led to the dashboard", async (path) => {
  const proxy = await startApp();
  const response = await ask(proxy, path, { Accept: BROWSER });
  expect(response.status).toBe(303);
  expect(response.headers.get("Location")).toBe("/dashboard");
});

test.each([
  ["a program", "/", { Accept: "application/json" }, "GET"],
  ["whoever does not say what it takes", "/", {}, "GET"],
  ["a browser that posts", "/", { Accept: BROWSER }, "POST"],
  ["a browser at the API", "/tenants", { Accept: BROWSER }, "GET"],
])("%s hears from the API as ever", async (_, path, headers, method) => {
  const [proxy, without] = [await startApp(), await startApp({ DASHBOARD: "false" })];
  const token = { "X-API-Token": ADMIN_TOKEN };
  const [now, before] = await Promise.all(
    [proxy, without].map((one) => ask(one, path, { ...headers, ...token }, method)),
  );
  expect(now!.status).toBe(before!.status);
  expect(now!.status).not.toBe(303);
  expect(Object.keys(JSON.parse(await now!.text()))).toEqual(Object.keys(JSON.parse(await before!.text())));
});

test("where the dashboard is switched off, nobody is led to it", async () => {
  const proxy = await startApp({ DASHBOARD: "false" });
  expect((await ask(proxy, "/", { Accept: BROWSER })).status).toBe(401);
});

/** Ends a run by itself; answers all that it has printed. */
async function stopped({ child, ended }: Run): Promise<string> {
  child.kill("SIGTERM");
  return (await ended).stdout;
}

test("a start says where the dashboard is, with the token while that is new", async () => {
  const { start } = commandLine();
  const first = start("start", "one", "--port", "0");
  const [, url, token] = await first.printed(/is ready: (\S+)[\s\S]*Admin token +(\S+)[\s\S]*Next/);
  expect(await stopped(first)).toContain(`  Dashboard      ${url}/dashboard#token=${token}\n`);
  const again = start("start", "one", "--port", "0");
  const [, newUrl] = await again.printed(/is ready: (\S+)\n\n {2}Dashboard.*\n/);
  expect(await stopped(again)).toContain(`  Dashboard      ${newUrl}/dashboard\n`);
});

test("a start without a dashboard does not speak of one", async () => {
  const proxy = commandLine({ MAIL_PROXY_DASHBOARD: "false" }).start("start", "one", "--port", "0");
  await proxy.printed(/Next, at any terminal/);
  expect(await stopped(proxy)).not.toContain("Dashboard");
});
