/** The shops that speak SMTP, brought up by the commands of their READMEs: what is ordered is mailed, with its invoice. */
import { existsSync } from "node:fs";
import { expect, type TestContext, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { openTerminal, pythonWith, startProxy, until } from "./terminal.ts";

const TIMEOUT_MS = 120_000;

interface Shop {
  name: string;
  python?: string | undefined;
  /** Why it cannot run on this machine; undefined where it can. */
  missing: string | undefined;
}

const SHOPS: readonly Shop[] = [
  onPython("flask-mail", "flask_mail"),
  onPython("django-smtp", "django"),
  { name: "nodemailer", missing: existsSync("node_modules/nodemailer") ? undefined : "nodemailer is not installed" },
];

function onPython(name: string, module: string): Shop {
  const python = pythonWith(module);
  return { name, python, missing: python === undefined ? `no python3 has ${module}` : undefined };
}

test.for(SHOPS)(
  "the shop of examples/$name mails the invoice, by the headers that it gave the mail",
  { timeout: TIMEOUT_MS },
  async (shop, context) => {
    const { proxy, place } = await opened(shop, context);
    const { number } = JSON.parse(await place());
    const { n, ...mail } = await delivered(proxy);
    expect(mail).toMatchObject({
      from: "Shop <shop@example.com>",
      to: ["bob@example.com"],
      subject: `Your order ${number}`,
    });
    const invoice = await proxy.admin(`/inbox/messages/${n}/attachments/0`);
    // What Django sends as text has the line ends of mail, and whoever reads it decides on those of a file.
    expect((await invoice.text()).trimEnd()).toBe(`Invoice ${number}\nfor bob@example.com\n\n1 parcel  12.50 €`);
    const { messages } = await (await proxy.admin("/messages?batch_code=orders")).json();
    expect(messages).toMatchObject([{ priority: 1, batch_code: "orders" }]);
  },
);

test.for(SHOPS)(
  "an order in the shop of examples/$name fails while the proxy is away, and the next one is mailed",
  { timeout: TIMEOUT_MS },
  async (shop, context) => {
    const { proxy, place, shopUrl } = await opened(shop, context);
    await proxy.stop();
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${shopUrl}/orders`, { method: "POST", headers, body: '{"email": "bob@example.com"}' });
    expect(answer.status).toBe(500);
    await proxy.startAgain();
    const { number } = JSON.parse(await place());
    expect(await delivered(proxy)).toMatchObject({ subject: `Your order ${number}` });
  },
);

/** The proxy and the shop, both up; `place` types the README's order. */
async function opened({ name, python, missing }: Shop, context: TestContext) {
  context.skip(missing !== undefined, missing);
  const port = String(await freePort());
  const proxy = await startProxy("--smtp-port", port);
  const terminal = await openTerminal(name, proxy, python, { MAIL_PORT: port });
  const [tell = "", connect = "", serve = "", order = ""] = terminal.commands;
  await terminal.type(tell, connect);
  await terminal.serve(serve);
  return { proxy, shopUrl: terminal.shop, place: () => terminal.type(order) };
}

/** The only mail in the sandbox's inbox, as soon as it is there. */
async function delivered({ admin }: Awaited<ReturnType<typeof startProxy>>): Promise<{ n: number }> {
  const list = async (): Promise<{ n: number }[]> => (await (await admin("/inbox/messages")).json()).messages;
  const found = await until(list, ({ length }) => length > 0);
  expect(found).toHaveLength(1);
  return found[0] ?? { n: 0 };
}
