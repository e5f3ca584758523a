import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { openFile } from "../../src/runtimes/database.ts";
import { commandLineWithInstance, programWith } from "./program.ts";
import { commandAtTerminal, NO_TERMINAL } from "./terminal.ts";

/** An instance with so many messages that were sent long ago, half of them of the tenant `b`. */
async function withFinished(count: number) {
  const line = commandLineWithInstance();
  await line.run("one", "tenants", "add", "a");
  await line.run("one", "a", "accounts", "add", "default", "--host", "127.0.0.1");
  await line.run("one", "tenants", "add", "b");
  const client = await openFile({ url: `file:${line.home}/one/queue.db`, token: undefined, synchronous: "NORMAL" });
  await client.execute({
    sql: `insert into messages (pk, tenant_id, id, account_key, priority, state, wake_at, finished_at, expires_at, size, recipients, created_at)
      select 'pk' || value, iif(value % 2, 'a', 'b'), 'm' || value, (select min(key) from accounts), 2, 'sent', 1, 1, 1, 2, '[]', 0
      from generate_series(1, ?)`,
    args: [count],
  });
  const left = async () => (await client.execute("select count(*) as n from messages")).rows[0]?.n;
  return { ...line, left, close: () => client.close() };
}

test("cleanup removes what is finished and old, of one tenant or of all", async () => {
  const { run, left, close } = await withFinished(10);
  const first = await run("one", "cleanup", "--tenant", "b", "--older-than", "0");
  expect(first).toEqual({ code: 0, stdout: "messages removed: 5\n", stderr: "" });
  expect(await left()).toBe(5);
  expect((await run("one", "cleanup")).stdout).toBe("messages removed: 5\n");
  expect(await run("one", "cleanup", "--tenant", "c")).toMatchObject({ code: 1, stderr: expect.stringContaining("c") });
  expect(await run("one", "cleanup", "--older-than", "long")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--older-than"),
  });
  close();
});

test.skipIf(NO_TERMINAL)(
  "what takes longer than a second shows at the terminal how far it is, until its answer",
  async () => {
    const { home } = commandLineWithInstance();
    const line = (id: string) => JSON.stringify({ endpoint: "POST /tenant", payload: { id }, status: 200 });
    const slowly = `(echo '${line("a")}'; while [ ! -e go ]; do sleep 0.05; done; echo '${line("b")}')`;
    const replay = programWith(["one", "replay", "-", "--dry-run"]).map((word) => `'${word}'`);
    const environment = { MAIL_PROXY_HOME: home };
    const terminal = commandAtTerminal(["sh", "-c", `${slowly} | ${replay.join(" ")}`], { home, environment });
    await terminal.answer("line 1: POST /tenant", "");
    await pause(1_100); // it is the second that counts
    writeFileSync(join(home, "go"), "");
    const { code, raw } = await terminal.ended;
    const clear = "\r\u001b[K";
    expect(code).toBe(0);
    expect(raw).toContain(`${clear}replay 2${clear}line 2: POST /tenant\r\n`);
    expect(raw).toMatch(/would replay 2, skipped 0, failed 0\r\n$/);
  },
);

test("migrate makes a database and says what it has applied, and nothing at the second time", async () => {
  const { home, run } = commandLineWithInstance();
  mkdirSync(join(home, "two"));
  const first = await run("migrate", "two");
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied 0000\S*, /), stderr: "" });
  expect(await run("migrate", "two")).toEqual({ code: 0, stdout: "the database is up to date\n", stderr: "" });
});
