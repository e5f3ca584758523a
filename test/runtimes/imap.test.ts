/** An IMAP server that is silent, slow or cut off ends a reading in time, with words that say so. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { MailboxAddress, MailboxMail } from "../../src/ports.ts";
import { openGuarded, openMailbox } from "../../src/runtimes/imap.ts";
import { testCa, testCertificate } from "../support/smtp-server.ts";

const MAIL = "Subject: one\r\n\r\nHello\r\n";

/** What the server says to each command, by its first words; undefined: nothing. */
type Script = (command: string, tag: string, socket: Socket) => string | undefined;

const USUAL: Record<string, string> = {
  CAPABILITY: "* CAPABILITY IMAP4rev1 IDLE\r\n",
  LOGIN: "",
  NAMESPACE: '* NAMESPACE (("" "/")) NIL NIL\r\n',
  LIST: '* LIST () "/" INBOX\r\n',
  LSUB: "",
  EXAMINE: "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n",
  "UID SEARCH": "* SEARCH 1 2 3\r\n",
  LOGOUT: "* BYE\r\n",
};

/** A server that knows no more than what is needed, but for what a test has it say. */
async function imapServer(
  script: Script,
  greeting = "* OK ready\r\n",
  connected: () => void = () => undefined,
): Promise<MailboxAddress> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    connected();
    socket.on("error", () => undefined); // the client cuts it
    socket.write(greeting);
    socket.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\r\n").filter((each) => each !== "")) answer(socket, line);
    });
  });
  const answer = (socket: Socket, line: string) => {
    const [, tag = "", command = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    const said = script(command, tag, socket);
    if (said !== undefined) return void socket.write(said);
    const usual = Object.entries(USUAL).find(([name]) => command.startsWith(name));
    if (usual !== undefined) socket.write(`${usual[1]}${tag} OK done\r\n`);
  };
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const login = { user: "bounces", password: "the secret", folder: "INBOX" };
  const tls = { tls: "opportunistic" as const, tlsVerify: true, ca: undefined, publicOnly: false };
  return { host: "127.0.0.1", port, ...login, ...tls, timeoutMs: 300 };
}

const open = (address: MailboxAddress, signal = new AbortController().signal) => openMailbox(address, signal);

async function all(mails: AsyncIterable<MailboxMail>): Promise<MailboxMail[]> {
  const got: MailboxMail[] = [];
  for await (const mail of mails) got.push(mail);
  return got;
}

const fetched = (uid: number, length = MAIL.length) =>
  `* ${uid} FETCH (UID ${uid} BODY[]<0> {${length}}\r\n${MAIL})\r\n`;

test.each([
  ["says nothing from the first moment", () => "", ""],
  ["greets, and then says nothing", () => "", "* OK ready\r\n"],
])("a server that %s is given up", async (_, script, greeting) => {
  const address = await imapServer(script, greeting);
  await expect(open(address)).rejects.toThrow(/required time|does not answer/);
});

test("which number comes next is known where the server says so, and without lasting numbers nothing is read", async () => {
  const saying = (words: string) =>
    imapServer((command, tag) =>
      command.startsWith("EXAMINE") ? `* 3 EXISTS\r\n${words}${tag} OK done\r\n` : undefined,
    );
  const [validity, next] = ["* OK [UIDVALIDITY 7] valid\r\n", "* OK [UIDNEXT 12] next\r\n"];
  expect(await open(await saying(validity + next))).toMatchObject({ uidValidity: "7", uidNext: 12 });
  expect((await open(await saying(validity))).uidNext).toBeUndefined();
  await expect(open(await saying(next))).rejects.toThrow("does not number");
});

test("a server that falls silent is given up at every stage", async () => {
  for (const stage of ["LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"]) {
    const address = await imapServer((command) => (command.startsWith(stage) ? "" : undefined));
    const reading = open(address).then(async (mailbox) => all(mailbox.fetch(await mailbox.list(0), 1_000)));
    await expect(reading).rejects.toThrow(/does not answer/);
  }
});

test("a connection that is cut in the midst of a mail ends the fetch with what came before", async () => {
  const address = await imapServer((command, _, socket) => {
    if (!command.startsWith("UID FETCH")) return undefined;
    setTimeout(() => socket.destroy(), 20);
    return fetched(1) + fetched(2, 9_999);
  });
  const mailbox = await open(address);
  const got: number[] = [];
  const fetching = (async () => {
    for await (const { uid } of mailbox.fetch([1, 2, 3], 1_000)) got.push(uid);
  })();
  await expect(fetching).rejects.toMatchObject({ name: "MailboxFault" });
  expect(got).toEqual([1]);
});

test("a mail that the server does not hand out does not keep the others back", async () => {
  const address = await imapServer((command, tag) => {
    const [, uids = ""] = /^UID FETCH (\S+)/.exec(command) ?? [];
    if (uids === "") return undefined;
    if (uids.split(",").includes("2")) return `${uids === "2" ? "" : fetched(1)}${tag} NO damaged\r\n`;
    return `${fetched(Number(uids))}${tag} OK done\r\n`;
  });
  const mailbox = await open(address);
  expect((await all(mailbox.fetch([1, 2, 3], 1_000))).map((mail) => [mail.uid, "refused" in mail])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ]);
  await mailbox.close();
});

test.each([
  ["never asked for", (n: number) => n + 100],
  ["asked for once, again and again", () => 1],
])("a server that sends without end what was %s is left", async (_, uidOf) => {
  const address = await imapServer((command) =>
    command.startsWith("UID FETCH") ? Array.from({ length: 500 }, (_, n) => fetched(uidOf(n))).join("") : undefined,
  );
  const mailbox = await open({ ...address, timeoutMs: 5_000 });
  await expect(all(mailbox.fetch([1, 2, 3], 1_000))).rejects.toThrow("sends mails that it was not asked for");
});

test("a server that says goodbye while the folder is opened is a fault of the mailbox, which is tried again later", async () => {
  const address = await imapServer((command, tag) => {
    if (command.startsWith("LIST")) return `* BYE\r\n${tag} OK done\r\n`;
    return undefined;
  });
  await expect(open(address)).rejects.toMatchObject({ name: "MailboxFault" });
});

test.each([
  ["numbers of mails", "UID SEARCH", () => `* SEARCH ${"1234567 ".repeat(140_000)}\r\n`],
  ["nothings", "UID FETCH", () => `* 1 FETCH (UID 1 BODY[]<0> ${"{0}\r\n".repeat(1_200_000)}`],
  ["octets of one mail", "UID FETCH", () => fetched(1, 5 * 2 ** 20)],
])("of a server that a tenant's key has named no flood is held: %s", async (_, stage, flood) => {
  const address = await imapServer((command, tag) =>
    command.startsWith(stage) ? `${flood()}${tag} OK done\r\n` : undefined,
  );
  const strangers = { ...address, publicOnly: true, timeoutMs: 20_000 };
  const reading = openGuarded(strangers, undefined, new AbortController().signal).then(async (mailbox) =>
    all(mailbox.fetch(await mailbox.list(0), 1_000)),
  );
  await expect(reading).rejects.toThrow(/exceeds/);
});

test("a server that names its last mail for every range has nothing new in it", async () => {
  const mailbox = await open(await imapServer(() => undefined));
  expect(await mailbox.list(1)).toEqual([2, 3]);
  expect(await mailbox.list(3)).toEqual([]); // RFC 3501 6.4.8: `4:*` is `3:4` there
  await mailbox.close();
});

test("a password that a server repeats is not told", async () => {
  const address = await imapServer((command, tag) =>
    command.startsWith("LOGIN") ? `${tag} NO no such password: the secret\r\n` : undefined,
  );
  await expect(open(address)).rejects.toThrow("the login was refused: no such password: ********");
});

test("a wait ends with what comes in, also in the midst of what went before, and with the connection", async () => {
  const told: ((text: string) => void)[] = [];
  const address = await imapServer((command, tag, socket) => {
    if (command.startsWith("UID SEARCH")) return `* SEARCH 1\r\n* 4 EXISTS\r\n${tag} OK done\r\n`;
    if (command === "IDLE") told.push((text) => socket.write(text));
    return command === "IDLE" ? "+ idling\r\n" : undefined;
  });
  const never = new AbortController().signal;
  const mailbox = await open({ ...address, timeoutMs: 5_000 });
  await mailbox.list(0);
  await mailbox.wait(60_000, never); // something came in before it began
  const halted = new AbortController();
  const quiet = await open({ ...address, timeoutMs: 5_000 }, halted.signal);
  const waiting = quiet.wait(60_000, never);
  await expect.poll(() => told.length).toBe(1);
  told[0]?.("* 5 EXISTS\r\n");
  await waiting;
  await mailbox.close();
  const last = expect((await open(address, halted.signal)).wait(60_000, never)).rejects.toThrow(/lost/);
  halted.abort();
  await last;
});

test("a certificate for another name opens nothing, whether it is reached by a name or by an address", async () => {
  const server = createTlsServer(testCertificate("elsewhere")).on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const login = { user: "bounces", password: "the secret", folder: "INBOX", timeoutMs: 5_000 };
  const tls = { tls: "implicit" as const, tlsVerify: true, ca: testCa, publicOnly: false };
  for (const host of ["localhost", "127.0.0.1"])
    await expect(open({ host, port, ...login, ...tls })).rejects.toThrow(/does not match certificate/);
});

test.each(["implicit", "opportunistic"] as const)("a stop ends what is being opened (TLS: %s)", async (tls) => {
  const stop = new AbortController();
  const address = await imapServer(
    () => "",
    "",
    () => void setTimeout(() => stop.abort(), 20),
  );
  const opening = open({ ...address, tls, timeoutMs: 60_000 }, stop.signal);
  await expect(opening).rejects.toMatchObject({ name: "MailboxFault" });
});
