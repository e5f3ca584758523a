/** What a client is told at each step, and what becomes of its mail. */
import { expect, test } from "vitest";
import { ENVELOPE, LETTER, OTHER_ACCOUNT, plain, startIngress, TENANT } from "./support.ts";

const QUEUED = /^250 2\.0\.0 queued as (smtp-\S+)$/;

function withField(field: string): string {
  return `${field}\r\n${LETTER}`;
}

test("a mail is in the queue when it is answered 250, under the id of the reply", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  const [, id] = QUEUED.exec(await wire.sends()) ?? [];
  expect(await ingress.messages()).toMatchObject([{ id, account_id: "default", status: "pending", subject: "Hello" }]);
});

test("what is offered is what there is", async () => {
  const ingress = await startIngress({ settings: { SMTP_MAX_BYTES: "100000" } });
  const wire = await ingress.connect();
  const offered = (await wire.says("EHLO client.test")).split("\r\n").map((line) => line.slice(4));
  expect(offered.toSorted()).toEqual(
    [
      "proxy.test",
      "PIPELINING",
      "8BITMIME",
      "SMTPUTF8",
      "ENHANCEDSTATUSCODES",
      "AUTH LOGIN PLAIN",
      "SIZE 100000",
    ].toSorted(),
  );
});

test("all commands of two mails at once are answered in their order", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.write(`${ENVELOPE}${LETTER}${ENVELOPE}${LETTER}QUIT\r\n`);
  const codes = (await wire.rest()).split("\r\n").map((line) => line.slice(0, 3));
  expect(codes).toEqual(["250", "250", "354", "250", "250", "250", "354", "250", "221", ""]);
  expect(await ingress.messages()).toHaveLength(2);
});

test.for([
  ["another tenant's name", "other", (key: string) => key],
  ["an account that is not there", `${TENANT}/nobody`, (key: string) => key],
  ["a wrong key", TENANT, () => "mpk_wrong"],
  ["the admin token", TENANT, () => "admin-token-of-the-tests"],
] as const)("%s does not log in", async ([, user, keyOf]) => {
  const ingress = await startIngress();
  const wire = await ingress.connect();
  expect(await wire.says("EHLO client.test", `AUTH PLAIN ${plain(user, keyOf(ingress.key))}`)).toMatch(/^535 5\.7\.8 /);
  expect(await wire.sends()).toMatch(/^530 5\.7\.0 /);
  expect(await ingress.messages()).toEqual([]);
});

test("an account named with the tenant is the one that its mails go through, and AUTH LOGIN does as well", async () => {
  const ingress = await startIngress();
  const wire = await ingress.connect();
  const words = [`${TENANT}/${OTHER_ACCOUNT}`, ingress.key].map((text) => Buffer.from(text).toString("base64"));
  expect(await wire.says("EHLO client.test", "AUTH LOGIN", ...words)).toMatch(/^235 2\.7\.0 /);
  await wire.sends();
  expect(await ingress.messages()).toMatchObject([{ account_id: OTHER_ACCOUNT }]);
});

test("headers steer a mail and are taken off, as are those of blind copies; the rest stays byte for byte", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  const body =
    "From: ann@shop.example\r\nSubject:  spaced \r\nX-Odd:\r\n\tfolded\r\nTo: bob@example.com\r\n\r\n..dots \xe9 \r\n\r\n";
  const steering = [
    `X-Mail-Proxy-Account: ${OTHER_ACCOUNT}`,
    "x-mail-proxy-priority: 0",
    "Bcc: carl@example.com,\r\n dora@example.com",
    "X-Mail-Proxy-Batch: autumn",
    "X-Mail-Proxy-Deferred: 2040-01-01T00:00:00Z",
  ];
  const [first, ...others] = body.split(/(?<=\r\n)(?=\S)/);
  const mail = [steering[0], "\r\n", first, ...steering.slice(1).map((field) => `${field}\r\n`), ...others].join("");
  await wire.sends(`${mail.replace("..dots", "...dots")}.\r\n`, "ann@shop.example", [
    "bob@example.com",
    "carl@example.com",
  ]);
  const [message] = await ingress.messages();
  expect(message).toMatchObject({
    account_id: OTHER_ACCOUNT,
    priority: 0,
    batch_code: "autumn",
    deferred_ts: 2208988800,
  });
  expect(message?.recipients).toMatchObject([
    { kind: "to", address: "bob@example.com" },
    { kind: "bcc", address: "carl@example.com" },
  ]);
  const { rows } = await ingress.db.client.execute("select content ->> '$.raw' as raw from payloads");
  expect(Buffer.from(String(rows[0]?.raw), "base64").toString("latin1")).toBe(body);
});

test.for([
  ["X-Mail-Proxy-Priority: urgent", /^550 5\.6\.0 priority: must be 0 to 3/],
  ["X-Mail-Proxy-Deferred: tomorrow", /^550 5\.6\.0 deferred_ts: must be/],
  ["X-Mail-Proxy-Account: nobody", /^550 5\.6\.0 tenant shop has no account nobody/],
  ["X-Mail-Proxy-Batch: *", /^550 5\.6\.0 batch_code: must not be \*/],
  ["X-Mail-Proxy-Batch: a\r\nX-Mail-Proxy-Batch: b", /^550 5\.6\.0 x-mail-proxy-batch: stands twice/],
  ["From: eve@example.com", /^554 5\.6\.0 it has more than one From field/],
  ["no field", /^554 5\.6\.0 line 1 is no header field/],
] as const)("a mail with the header %j is refused in words, and the next one is taken", async ([field, refusal]) => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  expect(await wire.sends(withField(field))).toMatch(refusal);
  expect(await wire.sends()).toMatch(QUEUED);
  expect(await ingress.messages()).toHaveLength(1);
});

test("a mail that comes again after a lost reply is not sent twice, and one without a Message-ID is another each time", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  const letter = withField("Message-ID: <order-1@shop.example>");
  const [, id] = QUEUED.exec(await wire.sends(letter)) ?? [];
  expect(await wire.sends(letter)).toBe(`250 2.0.0 queued before as ${id}`);
  expect(await (await ingress.loggedIn()).sends(letter)).toBe(`250 2.0.0 queued before as ${id}`);
  expect(await ingress.messages()).toHaveLength(1);
  expect(await wire.sends(letter, "ann@shop.example", ["carl@example.com"])).toMatch(QUEUED);
  for (let times = 0; times < 2; times++) expect(await wire.sends()).toMatch(QUEUED);
  expect(await ingress.messages()).toHaveLength(4);
});

test("the same mail on eight connections at once is one message", async () => {
  const ingress = await startIngress();
  const wires = await Promise.all(Array.from({ length: 8 }, () => ingress.loggedIn()));
  const replies = await Promise.all(wires.map((wire) => wire.sends(withField("Message-ID: <order-2@shop.example>"))));
  expect(new Set(replies.map((reply) => reply.replace(" before", ""))).size).toBe(1);
  expect(await ingress.messages()).toHaveLength(1);
});

test("an envelope's sender is kept, and may be nobody", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.sends(LETTER, "bounces@shop.example");
  await wire.sends(LETTER, "");
  const { rows } = await ingress.db.client.execute("select content ->> '$.return_path' as path from payloads");
  expect(rows.map(({ path }) => path)).toEqual(["bounces@shop.example", ""]);
});

test("a tenant's list of senders holds for the From field and for MAIL FROM", async () => {
  const ingress = await startIngress();
  await ingress.call("PUT", `/tenant/${TENANT}`, { allowed_senders: ["@shop.example"] });
  const wire = await ingress.loggedIn();
  expect(await wire.sends(LETTER.replace("ann@shop.example", "ann@elsewhere.example"))).toMatch(/^550 5\.7\.1 /);
  expect(await wire.sends(LETTER, "ann@elsewhere.example")).toMatch(/^550 5\.7\.1 /);
  expect(await wire.sends()).toMatch(QUEUED);
  expect(await wire.sends(LETTER, "")).toMatch(QUEUED);
});

test.for([
  ["MAIL FROM:<ann@shop.example> RET=HDRS", /^555 5\.5\.4 parameter RET /],
  ["MAIL FROM:<ann@shop.example> SIZE=99999999999", /^552 5\.3\.4 /],
  ["MAIL FROM:<ann@shop.example> BODY=BINARYMIME", /^501 /],
  ["MAIL FROM:<ann>", /^501 5\.1\.7 /],
  ["RCPT TO:<bob@example.com> NOTIFY=NEVER", /^555 5\.5\.4 parameter NOTIFY /],
  ["RCPT TO:<postmaster>", /^553 5\.1\.3 /],
  ["RCPT TO:<bob@>", /^501 5\.1\.3 /],
  ["EXPN staff", /^500 /],
  ["SHELL sh", /^500 /],
] as const)("%s is refused", async ([command, refusal]) => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  if (command.startsWith("RCPT")) await wire.says("MAIL FROM:<ann@shop.example>");
  expect(await wire.says(command)).toMatch(refusal);
});

test("addresses and headers that are not ASCII are taken as they are", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  const letter = Buffer.from(LETTER.replace("Hello\r\n", "Grüße\r\n").replace("bob@", "jürgen@"));
  await wire.write(
    Buffer.from("MAIL FROM:<ann@shop.example> SMTPUTF8 BODY=8BITMIME\r\nRCPT TO:<jürgen@example.com>\r\nDATA\r\n"),
  );
  for (const code of ["250", "250", "354"]) expect(await wire.reply()).toMatch(new RegExp(`^${code}`));
  await wire.write(letter);
  expect(await wire.reply()).toMatch(QUEUED);
  expect(await ingress.messages()).toMatchObject([
    { subject: "Grüße", recipients: [{ address: "jürgen@example.com" }] },
  ]);
});

test("a thousand recipients are taken, and one more is for another mail", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>");
  const to = Array.from({ length: 1_001 }, (_, n) => `RCPT TO:<r${n}@example.com>\r\n`);
  await wire.write(to.join(""));
  for (let n = 0; n < 1_000; n++) expect(await wire.reply()).toMatch(/^250 /);
  expect(await wire.reply()).toMatch(/^452 4\.5\.3 /);
  await wire.says("DATA");
  await wire.write(LETTER);
  expect(await wire.reply()).toMatch(QUEUED);
  const [message] = await ingress.messages();
  expect(message?.recipients).toHaveLength(1_000);
});

test("a key that is revoked ends what it has opened", async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await ingress.call("DELETE", `/tenant/${TENANT}/api-key`);
  expect(await wire.sends()).toMatch(/^421 4\.7\.0 the key .* is not valid any more/);
  expect(await wire.rest()).toBe("");
  expect(await ingress.messages()).toEqual([]);
});

test("a connection that ends in the middle of a mail leaves nothing", async () => {
  const ingress = await startIngress();
  for (const end of ["reset", "end"] as const) {
    const wire = await ingress.loggedIn();
    await wire.write(ENVELOPE);
    for (let replies = 0; replies < 3; replies++) await wire.reply();
    await wire.write(LETTER.slice(0, -3));
    wire[end]();
  }
  await (await ingress.loggedIn()).sends();
  expect(await ingress.messages()).toHaveLength(1);
});
