/** The shops in examples/, brought up by the commands of their READMEs: what is ordered is mailed, with its invoice, and reported. */
import { existsSync } from "node:fs";
import { expect, type TestContext, test } from "vitest";
import { openTerminal, pythonWith, type RunningProxy, startProxy, until } from "./examples/terminal.ts";
import { page } from "./support/pages.ts";

const TIMEOUT_MS = 120_000;

interface Shop {
  name: string;
  python?: string | undefined;
  /** Why it cannot run on this machine; undefined where it can. */
  missing?: string | undefined;
}

const FLASK: Shop = onPython("flask");
const DJANGO: Shop = onPython("django");
const NODE: Shop = { name: "node" };
const EXPRESS: Shop = {
  name: "express",
  missing: existsSync("node_modules/express") ? undefined : "Express is not installed",
};

function onPython(name: string): Shop {
  const python = pythonWith(name);
  return { name, python, missing: python === undefined ? `no python3 has ${name}` : undefined };
}

test.for([FLASK, DJANGO, EXPRESS, NODE])(
  "the shop on $name mails the invoice, and learns what became of the mail",
  { timeout: TIMEOUT_MS },
  async (example, context) => {
    const { proxy, terminal, commands } = await prepared(example, context);
    const { tell, sign, connect, serve, order } = commands;
    await terminal.type(tell, sign, connect);
    const end = await terminal.serve(serve);

    const number = numberIn(await terminal.type(order));
    await isSent(terminal.shop, number);
    expect(await mails(proxy)).toMatchObject([
      { to: ["bob@example.com"], subject: `Your order ${number}`, invoice: invoiceOf(number) },
    ]);

    const refused = await post(`${terminal.shop}/orders`, "application/json", '{"email": "nobody"}');
    const { number: unreachable } = await refused.json();
    expect(await outcome(terminal.shop, unreachable)).toMatch(/^failed: to: "nobody": is not an address/);

    // A shop that is started again gives no number twice: its mail would be "already sent".
    await end();
    await terminal.serve(serve);
    const next = numberIn(await terminal.type(order));
    expect(next).toBeGreaterThan(number);
    await isSent(terminal.shop, next);
  },
);

test.for([FLASK, DJANGO, EXPRESS, NODE])(
  "the shop on $name answers nobody but the proxy",
  { timeout: TIMEOUT_MS },
  async (example, context) => {
    const { terminal, commands } = await prepared(example, context);
    await terminal.type(commands.tell, commands.sign, commands.connect);
    await terminal.serve(commands.serve);
    const number = numberIn(await terminal.type(commands.order));

    const invoice = (fields: string, secret: string) =>
      post(`${terminal.shop}/mail/attachments`, "application/x-www-form-urlencoded", fields, secret);
    const served = await invoice(`invoice_id=${number}&v=2`, "shared-secret");
    expect(served.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(served.headers.get("content-disposition")).toMatch(
      new RegExp(`^attachment; filename="?invoice-${number}.txt"?$`),
    );
    expect(await served.text()).toBe(invoiceOf(number));
    expect((await invoice(`invoice_id=${number}&v=2`, "guessed")).status).toBe(401);
    for (const unknown of [`invoice_id=${number + 1000}&v=2`, `invoice_id=${number}&v=1`, "invoice_id=x&v=2", ""])
      expect((await invoice(unknown, "shared-secret")).status, unknown).toBe(404);

    const report = (secret: string) =>
      post(`${terminal.shop}/mail/delivery-report`, "application/json", '{"delivery_report": []}', secret);
    expect((await report("guessed")).status).toBe(401);
    expect((await report("shared-secret")).status, "without a signature").toBe(401);
  },
);

test.for([FLASK, DJANGO, EXPRESS])(
  "what is ordered on $name while the proxy is away is mailed when it is back",
  { timeout: TIMEOUT_MS },
  async (example, context) => {
    const { proxy, terminal, commands } = await prepared(example, context);
    await terminal.type(commands.tell, commands.connect);
    await terminal.serve(commands.serve);
    await proxy.stop();
    const number = numberIn(await terminal.type(commands.order));
    expect(await orderOn(terminal.shop, number)).toMatchObject({ mail: "waiting" });

    await proxy.startAgain();
    await proxy.admin("/commands/run-now", "POST");
    await isSent(terminal.shop, number);
  },
);

test.for([FLASK, DJANGO, EXPRESS, NODE])(
  "the shop on $name takes a report once, however often it comes, and names those that it does not know",
  { timeout: TIMEOUT_MS },
  async (example, context) => {
    const { terminal, commands } = await prepared(example, context);
    await terminal.type(commands.tell, commands.connect);
    await terminal.serve(commands.serve);
    const number = numberIn(await terminal.type(commands.order));
    await isSent(terminal.shop, number);

    const report = async (reports: object[]) => {
      const body = JSON.stringify({ delivery_report: reports });
      const answer = await post(`${terminal.shop}/mail/delivery-report`, "application/json", body, "shared-secret");
      return answer.json();
    };
    const failed = { id: `order-${number}`, pk: "a", event_id: "1", error_ts: 1, error: "550 no such user" };
    const delayed = { id: `order-${number}`, pk: "a", event_id: "2", deferred_ts: 1, deferred_reason: "451 later" };
    const foreign = { id: "of another application", pk: "b", event_id: "3", sent_ts: 1 };
    expect(await report([failed, foreign])).toMatchObject({ ok: true, queued: 0, error: [], not_found: [foreign.id] });
    expect(await orderOn(terminal.shop, number)).toMatchObject({ mail: "failed: 550 no such user" });
    await report([delayed, failed]);
    expect(await orderOn(terminal.shop, number)).toMatchObject({ mail: "delayed: 451 later" });
    const bounced = { id: `order-${number}`, pk: "a", event_id: "4", bounce_ts: 1, bounce_reason: "mailbox full" };
    await report([bounced]);
    expect(await orderOn(terminal.shop, number)).toMatchObject({ mail: "bounced: mailbox full" });
  },
);

test("Flask and Django call the proxy by the same file", () => {
  expect(page("examples/django/shop/mail_proxy.py")).toBe(page("examples/flask/mail_proxy.py"));
});

async function prepared({ name, python, missing }: Shop, context: TestContext) {
  context.skip(missing !== undefined, missing);
  const proxy = await startProxy();
  const terminal = await openTerminal(name, proxy, python);
  const [tell = "", sign = "", connect = "", serve = "", order = ""] = terminal.commands;
  return { proxy, terminal, commands: { tell, sign, connect, serve, order } };
}

function numberIn(printed: string): number {
  return JSON.parse(printed).number;
}

const invoiceOf = (number: number) => `Invoice ${number}\nfor bob@example.com\n\n1 parcel  12.50 €\n`;

async function isSent(shop: string, number: number): Promise<void> {
  expect(await outcome(shop, number)).toBe("sent");
}

/** What the shop says of an order's mail once it has been told something. */
async function outcome(shop: string, number: number): Promise<string> {
  const { mail } = await until(
    () => orderOn(shop, number),
    (order) => order.mail !== "waiting" && order.mail !== "queued",
  );
  return mail;
}

async function orderOn(shop: string, number: number): Promise<{ mail: string }> {
  return (await fetch(`${shop}/orders/${number}`)).json();
}

/** What stands in the sandbox's inbox, each with the text of its only attachment. */
async function mails(proxy: RunningProxy) {
  const { messages } = await (await proxy.admin("/inbox/messages")).json();
  return Promise.all(
    messages.map(async ({ n, ...mail }: { n: number }) => {
      const attached = await proxy.admin(`/inbox/messages/${n}/attachments/0`);
      return { ...mail, invoice: await attached.text() };
    }),
  );
}

function post(url: string, type: string, body: string, secret = ""): Promise<Response> {
  const headers = { "Content-Type": type, Authorization: `Bearer ${secret}` };
  return fetch(url, { method: "POST", headers, body });
}
