import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { commandLine, commandLineWithInstance } from "./program.ts";

const MAIL =
  "From: Ann <ann@example.com>\r\nTo: Bob <bob@example.net>\r\nBcc: eve@example.net\r\nSubject: Hello, Bob\r\n" +
  "Message-ID: <1@example.com>\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\nDKIM-Signature: v=1; b=abc=\r\n\r\nIt  works. \r\n";

async function withTenant() {
  const line = commandLineWithInstance();
  const file = join(line.home, "hello.eml");
  writeFileSync(file, MAIL);
  await line.run("one", "tenants", "add", "shop");
  await line.run("one", "shop", "accounts", "add", "default", "--host", "127.0.0.1", "--port", "2525");
  const messages = async () => JSON.parse((await line.run("one", "shop", "messages", "list", "--json")).stdout);
  return { ...line, file, messages };
}

test("a file goes through the running server into its inbox, byte for byte but for its Bcc", async () => {
  // It looks at the queue by itself so seldom that only who is woken has it sent.
  const { home, run, start } = commandLine({ MAIL_PROXY_POLL_INTERVAL: "3600" });
  const proxy = start("start", "one", "--sandbox", "--port", "0");
  onTestFinished(() => void proxy.child.kill("SIGKILL"));
  const [, url, token = ""] = await proxy.printed(/inbox {2}(http:\S+)\/dashboard\/inbox#token=(\S+)/);
  const file = join(home, "hello.eml");
  writeFileSync(file, MAIL);
  const sent = await run("one", "default", "send", file, "--id", "hello", "--json");
  expect(sent).toMatchObject({ code: 0, stderr: "" });
  const { id, pk, recipients } = JSON.parse(sent.stdout);
  expect({ id, recipients }).toEqual({ id: "hello", recipients: ["bob@example.net", "eve@example.net"] });

  const ask = (path: string) => fetch(`${url}${path}`, { headers: { "X-API-Token": token } });
  await expect.poll(async () => (await (await ask("/messages/hello")).json()).status, { timeout: 15_000 }).toBe("sent");
  const raw = await (await ask("/inbox/messages/1/raw")).text();
  expect(raw).toBe(
    `X-Mail-Proxy-ID: ${pk}\r\nX-Genro-Mail-ID: hello\r\n${MAIL.replace("Bcc: eve@example.net\r\n", "")}`,
  );
  expect(await run("one", "default", "send", file, "--id", "hello")).toMatchObject({
    code: 1,
    stderr: "mail-proxy: it was not taken: already sent\n",
  });
});

test("where nothing runs it waits in the queue, and the command says so", async () => {
  const { run, file, messages } = await withTenant();
  const { code, stdout } = await run(
    ...[
      "one",
      "shop",
      "send",
      file,
      "--id",
      "m1",
      "--priority",
      "high",
      "--batch",
      "spring",
      "--to",
      "zoe@example.net",
    ],
  );
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: "m1 is queued for zoe@example.net\nit goes out once one runs: mail-proxy start one\n",
  });
  expect(await messages()).toMatchObject([
    { id: "m1", status: "pending", priority: 1, batch_code: "spring", subject: "Hello, Bob", account_id: "default" },
  ]);
});

test("standard input is taken for -, and a time to come is told", async () => {
  const { runWith, messages } = await withTenant();
  const { stdout } = await runWith(MAIL, "one", "shop", "send", "-", "--deferred", "2999-01-01");
  expect(stdout).toMatch(
    /^\S+ is queued for bob@example\.net, eve@example\.net\nit goes out at 2999-01-01T00:00:00\.000Z/,
  );
  expect(await messages()).toMatchObject([{ status: "deferred" }]);
});

test("a suspended tenant's mail waits, and the command says so", async () => {
  const { run, file } = await withTenant();
  await run("one", "shop", "suspend");
  expect((await run("one", "shop", "send", file)).stdout).toContain(
    "it waits, since the tenant or the batch is suspended",
  );
});

test.each([
  ["a file that is none", ["missing.eml"], 1, "cannot read missing.eml"],
  ["a broken mail", ["broken.eml"], 1, "broken.eml is no mail: line 2 is no header field"],
  ["an unknown account", ["hello.eml", "--account", "x"], 1, "it was not taken: tenant shop has no account x"],
  ["a priority that is none", ["hello.eml", "--priority", "urgent"], 2, "--priority must be 0 to 3, immediate,"],
  ["a time that is none", ["hello.eml", "--deferred", "soon"], 2, "--deferred must be Unix seconds or ISO 8601"],
  ["no file", [], 2, "the file is missing"],
  ["a sender that is none", ["hello.eml", "--from", "ann"], 2, "is not an address"],
])("%s is told in a sentence, and nothing is queued", async (_, words, code, told) => {
  const { home, run, messages } = await withTenant();
  writeFileSync(join(home, "broken.eml"), "From: a@example.com\nHello Bob\n\nx");
  expect(await run("one", "shop", "send", ...words)).toMatchObject({ code, stderr: expect.stringContaining(told) });
  expect(await messages()).toEqual([]);
});
