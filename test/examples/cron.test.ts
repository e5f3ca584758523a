/** examples/cron: the result of a job is mailed once, whatever happens on its way to the proxy, and its key is shown to nobody. */
import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { openTerminal, startProxy, until } from "./terminal.ts";

const SCRIPT = resolve("examples/cron/mail-result");
const TIMEOUT_MS = 60_000;
const curl = spawnSync("sh", ["-c", "command -v curl"]).stdout.toString().trim();
const SHELLS = ["dash", "bash"].filter((shell) => spawnSync(shell, ["-c", ":"]).status === 0);

test.skipIf(curl === "")("the README's job is mailed with what it printed", { timeout: TIMEOUT_MS }, async () => {
  const { proxy, terminal, run } = await prepared();
  await expect(terminal.type(run)).rejects.toMatchObject({ code: 3 });
  const [mail] = await mails(proxy, 1);
  expect(mail).toMatchObject({
    subject: "nightly-backup: failed (3)",
    to: ["ann@example.com"],
    from: "Jobs <jobs@example.com>",
  });
  expect(mail?.attached.toString()).toBe("12 files saved\n");
});

test.skipIf(curl === "").for(SHELLS)(
  "a job's output arrives byte for byte, under %s",
  { timeout: TIMEOUT_MS },
  async (shell) => {
    const { proxy, job, folder } = await prepared();
    const printed = randomBytes(200_000);
    writeFileSync(join(folder, "printed"), printed);
    const { status } = await job({ shell }, "sh", "-c", `cat ${folder}/printed; cat ${folder}/printed >&2`);
    expect(status).toBe(0);
    const [mail] = await mails(proxy, 1);
    expect(mail?.subject).toBe("backup: done");
    expect(mail?.attached.equals(Buffer.concat([printed, printed]))).toBe(true);
  },
);

test.skipIf(curl === "")("a job that prints nothing is mailed too", { timeout: TIMEOUT_MS }, async () => {
  const { proxy, job } = await prepared();
  expect((await job({}, "true")).status).toBe(0);
  const [mail] = await mails(proxy, 1);
  expect(mail?.attached.length).toBe(0);
});

test.skipIf(curl === "")(
  "a call whose answer is lost is repeated, and sends nothing twice",
  { timeout: TIMEOUT_MS },
  async () => {
    const { proxy, job } = await prepared();
    const losses = ["lost", "unavailable"];
    const between = await relay(proxy.url, (response) => {
      const loss = losses.shift();
      if (loss === "lost") response.destroy();
      else if (loss === "unavailable") response.writeHead(503).end();
      return loss !== undefined;
    });
    const { status, stderr } = await job({ env: { MAIL_PROXY_URL: between, RETRY_PAUSES: "0 0 0" } }, "true");
    expect({ status, stderr, losses }).toEqual({ status: 0, stderr: "", losses: [] });
    const { messages } = await (await proxy.admin("/messages?tenant_id=jobs")).json();
    expect(messages).toHaveLength(1);
    await mails(proxy, 1);
  },
);

test.skipIf(curl === "")(
  "where the proxy is away, cron gets the job's output instead",
  { timeout: TIMEOUT_MS },
  async () => {
    const { job } = await prepared();
    const env = { MAIL_PROXY_URL: `http://127.0.0.1:${await freePort()}`, RETRY_PAUSES: "0" };
    const went = await job({ env }, "echo", "12 files saved");
    expect(went.status).toBe(75);
    expect(went.stderr).toMatch(/the proxy does not have backup-.* \(done\):[\s\S]*12 files saved/);
    expect((await job({ env }, "sh", "-c", "exit 4")).status, "the job's own status comes first").toBe(4);
  },
);

test.skipIf(curl === "")(
  "a message that the proxy refuses is not tried again, and its reason is told",
  {
    timeout: TIMEOUT_MS,
  },
  async () => {
    const { job } = await prepared();
    const { status, stderr } = await job({ env: { MAIL_TO: 'No "body"', RETRY_PAUSES: "600" } }, "true");
    expect(status).toBe(75);
    expect(stderr).toContain("is not an address");
  },
);

test.skipIf(curl === "")(
  "the key stands in no argument and no environment of a program",
  { timeout: TIMEOUT_MS },
  async () => {
    const { proxy, job, folder, terminal } = await prepared();
    const seen = join(folder, "seen");
    const bin = temporaryFolder();
    writeFileSync(join(bin, "curl"), `#!/bin/sh\n{ echo "$@"; env; } >> ${seen}\nexec ${curl} "$@"\n`);
    chmodSync(join(bin, "curl"), 0o755);
    expect((await job({ env: { PATH: `${bin}:${terminal.env.PATH}` } }, "true")).status).toBe(0);
    await mails(proxy, 1);
    expect(readFileSync(seen, "utf8")).toContain("/commands/add-messages");
    expect(readFileSync(seen, "utf8")).not.toContain(readFileSync(join(proxy.home, ".mail-proxy.key"), "utf8").trim());
  },
);

test.skipIf(curl === "")("without its key no job is begun", { timeout: TIMEOUT_MS }, async () => {
  const { proxy, job, folder } = await prepared();
  rmSync(join(proxy.home, ".mail-proxy.key"));
  const { status, stderr } = await job({}, "touch", join(folder, "begun"));
  expect(status).toBe(78);
  expect(stderr).toContain(".mail-proxy.key cannot be read");
  expect(existsSync(join(folder, "begun"))).toBe(false);
});

/** A proxy with the tenant of the README, and how to run a job beside it. */
async function prepared() {
  const proxy = await startProxy();
  const terminal = await openTerminal("cron", proxy);
  const [setUp = "", run = ""] = terminal.commands;
  await terminal.type(setUp);
  const job = ({ shell = "sh", env = {} }: { shell?: string; env?: Record<string, string> }, ...command: string[]) =>
    ended(shell, [SCRIPT, "backup", ...command], { ...terminal.env, MAIL_TO: "ann@example.com", ...env });
  return { proxy, terminal, run, job, folder: temporaryFolder() };
}

function ended(program: string, args: string[], env: Record<string, string>) {
  return new Promise<{ status: unknown; stderr: string }>((done) => {
    execFile(program, args, { env }, (error, _stdout, stderr) => done({ status: error?.code ?? 0, stderr }));
  });
}

/** As many mails as there should be, each with the bytes of its only attachment. */
async function mails({ admin }: Awaited<ReturnType<typeof startProxy>>, expected: number) {
  const list = async (): Promise<{ n: number; subject: string }[]> =>
    (await (await admin("/inbox/messages")).json()).messages;
  const found = await until(list, ({ length }) => length >= expected);
  expect(found).toHaveLength(expected);
  return Promise.all(
    found.map(async (mail) => {
      const answer = await admin(`/inbox/messages/${mail.n}/attachments/0`);
      return { ...mail, attached: Buffer.from(await answer.arrayBuffer()) };
    }),
  );
}

/** Between the script and the proxy: every call comes through, and `lose` may keep its answer back. */
async function relay(to: string, lose: (response: ServerResponse) => boolean): Promise<string> {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = { "X-API-Token": String(request.headers["x-api-token"]), "Content-Type": "application/json" };
    const answer = await fetch(to + request.url, { method: "POST", headers, body: Buffer.concat(chunks) });
    if (!lose(response)) response.writeHead(answer.status).end(await answer.text());
  };
  const server = createServer(pass);
  const port = await freePort();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${port}`;
}
