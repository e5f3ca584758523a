/** Applications that speak SMTP, as they are, against the compiled binary: what arrives at the far end is what they wrote. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { temporaryFolder } from "../support/database.ts";
import { CLIENTS, type Client, type Letter, type Server, type Tls } from "./clients.ts";
import { type Arrived, read } from "./far-end.ts";
import { OTHER_ACCOUNT, submissionWorld, TENANT } from "./world.ts";

const TIMEOUT_MS = 120_000;
const MB = 1024 * 1024;
/** Base64 makes 27 MB of it, and the default limit is 36. */
const LARGE_BYTES = 20 * MB;

const world = submissionWorld();

test.for(CLIENTS)(
  "$name: text, HTML, a file and every alphabet arrive as they were written, with and without TLS",
  { timeout: TIMEOUT_MS },
  async (client, context) => {
    skipWithout(client, context);
    const bytes = randomBytes(50_000);
    for (const tls of ["none", "starttls", "implicit"] satisfies Tls[]) {
      const to = `ann-${tls}-${client.name}@example.com`;
      const taken = await client.send(world().server(tls), {
        ...letter(),
        from: "Łukasz Żółć <lukasz@shop.example>",
        to: [`安娜 <${to}>`],
        subject: "Ваш заказ 17 – für Zoë 🎁",
        text: "Grüße aus Köln.\n.\n.. zwei Punkte\nAb hier: 17 €\n",
        html: "<p>Grüße aus <b>Köln</b>: 17 €</p>\n",
        attachments: [{ filename: "Rechnung für Zoë.pdf", type: "application/pdf", path: fileOf(bytes) }],
      });
      expect(taken.code, `${tls}: ${taken.text}`).toBe(250);

      const arrived = await mailTo(to);
      const mail = await read(arrived);
      expect(arrived).toMatchObject({ from: "lukasz@shop.example", recipients: [to] });
      expect(mail.from?.value).toEqual([{ name: "Łukasz Żółć", address: "lukasz@shop.example" }]);
      expect(mail.to).toMatchObject({ value: [{ name: "安娜", address: to }] });
      expect(mail.subject).toBe("Ваш заказ 17 – für Zoë 🎁");
      expect(mail.text?.trimEnd()).toBe("Grüße aus Köln.\n.\n.. zwei Punkte\nAb hier: 17 €");
      expect(String(mail.html).trimEnd()).toBe("<p>Grüße aus <b>Köln</b>: 17 €</p>");
      expect(mail.attachments).toMatchObject([{ filename: "Rechnung für Zoë.pdf", contentType: "application/pdf" }]);
      expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
    }
  },
);

test.for(CLIENTS.filter(({ smtputf8 }) => smtputf8))(
  "$name: an address that is not ASCII gets its mail, in the letters of its owner",
  { timeout: TIMEOUT_MS },
  async (client, context) => {
    skipWithout(client, context);
    const to = `jörg-${client.name}@example.com`;
    const taken = await client.send(world().server("none"), { ...letter(), to: [`Jörg <${to}>`] });
    expect(taken.code, taken.text).toBe(250);
    const arrived = await mailTo(to);
    expect((await read(arrived)).to).toMatchObject({ value: [{ address: to }] });
  },
);

test.for(CLIENTS)(
  "$name: 100 recipients get the mail, and those of bcc stand nowhere in it",
  { timeout: TIMEOUT_MS },
  async (client, context) => {
    skipWithout(client, context);
    const people = (kind: string, count: number) =>
      Array.from({ length: count }, (_, n) => `${kind}-${n}-${client.name.toLowerCase()}@example.com`);
    const [to, cc, bcc] = [people("to", 80), people("cc", 10), people("hidden", 10)];
    const taken = await client.send(world().server("none"), { ...letter(), to, cc, bcc });
    expect(taken.code, taken.text).toBe(250);

    const arrived = await world().far.when(({ recipients }) => to.some((one) => recipients.includes(one)));
    expect(arrived.recipients.toSorted()).toEqual([...to, ...cc, ...bcc].toSorted());
    expect(arrived.raw.toString()).not.toMatch(/hidden-|^bcc:/im);
    expect(arrived.raw.toString()).toMatch(/^to: [\s\S]*to-79-/im);
  },
);

// Django sends by smtplib, as Flask-Mail does: what differs is how they put a mail together.
const LARGE = CLIENTS.filter(({ name }) => name !== "Django");

test.for(LARGE)("$name: a file of 20 MB arrives byte for byte", { timeout: TIMEOUT_MS }, async (client, context) => {
  skipWithout(client, context);
  const to = `large-${client.name}@example.com`;
  const bytes = randomBytes(LARGE_BYTES);
  const attachments = [{ filename: "scan.tiff", type: "image/tiff", path: fileOf(bytes) }];
  const taken = await client.send(world().server("starttls"), { ...letter(), to: [to], attachments });
  expect(taken.code, taken.text).toBe(250);
  const mail = await read(await mailTo(to));
  expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
});

test.for(CLIENTS)(
  "$name: headers steer the mail and are gone when it arrives",
  { timeout: TIMEOUT_MS },
  async (client, context) => {
    skipWithout(client, context);
    const to = `steered-${client.name}@example.com`;
    const batch = `autumn-${client.name}`;
    const headers = {
      "X-Mail-Proxy-Account": OTHER_ACCOUNT,
      "X-Mail-Proxy-Batch": batch,
      "X-Mail-Proxy-Priority": "low",
      "X-Order": "17",
    };
    const taken = await client.send(world().server("none"), { ...letter(), to: [to], headers });
    expect(taken.code, taken.text).toBe(250);
    const { headers: arrived } = await read(await mailTo(to));
    const of = (name: string) => arrived.get(name.toLowerCase());
    expect(Object.keys(headers).map(of)).toEqual([undefined, undefined, undefined, "17"]);
    const { body } = await world().proxy.call("GET", `/messages?tenant_id=${TENANT}&batch_code=${batch}`);
    expect(body.messages).toMatchObject([{ account_id: OTHER_ACCOUNT, priority: 3 }]);
  },
);

test.for(CLIENTS)(
  "$name: without the right key it is told so, and nothing is taken",
  { timeout: TIMEOUT_MS },
  async (client, context) => {
    skipWithout(client, context);
    const to = `nobody-${client.name}@example.com`;
    const server = world().server("starttls");
    const refused = (changed: Partial<Server>) => client.send({ ...server, ...changed }, { ...letter(), to: [to] });
    expect(await refused({ password: "guessed" })).toMatchObject({
      code: 535,
      text: expect.stringMatching(/^5\.7\.8 /),
    });
    expect(await refused({ user: "someone-else" })).toMatchObject({
      code: 535,
      text: expect.stringMatching(/^5\.7\.8 /),
    });
    expect(await refused({ user: "", password: "" })).toMatchObject({
      code: 530,
      text: expect.stringMatching(/^5\.7\.0 /),
    });
    const { body } = await world().proxy.call("GET", `/messages?tenant_id=${TENANT}&q=${encodeURIComponent(to)}`);
    expect(body.messages).toEqual([]);
    expect(world().proxy.log()).not.toContain("guessed");
  },
);

/** Nothing in it but what a letter must have. */
function letter(): Letter {
  return {
    from: "Shop <orders@shop.example>",
    to: [],
    cc: [],
    bcc: [],
    subject: "Your order",
    text: "Thank you.\n",
    html: "",
    headers: {},
    attachments: [],
  };
}

function fileOf(bytes: Buffer): string {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, bytes);
  return path;
}

function mailTo(recipient: string): Promise<Arrived> {
  return world().far.when(({ recipients }) => recipients.includes(recipient));
}

function skipWithout({ missing }: Client, context: TestContext): void {
  context.skip(missing !== undefined, missing);
}
