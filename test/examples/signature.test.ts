/** The shops in examples/ take no report but the proxy's own: signed, fresh, as it was sent, with either secret of a rotation. */
import { existsSync } from "node:fs";
import { Webhook } from "standardwebhooks";
import { expect, type TestContext, test } from "vitest";
import { openTerminal, pythonWith, startProxy, until } from "./terminal.ts";

const TIMEOUT_MS = 120_000;
const MINUTES_MS = 60_000;
const FOREIGN = `whsec_${btoa("of somebody else, 24 byt")}`;

const python = (module: string) => ({
  python: pythonWith(module),
  missing: pythonWith(module) ? "" : `no python3 has ${module}`,
});
/** Django's has the same file as Flask's (test/examples.test.ts). */
const SHOPS = [
  { name: "flask", ...python("flask") },
  { name: "express", python: undefined, missing: existsSync("node_modules/express") ? "" : "Express is not installed" },
  { name: "node", python: undefined, missing: "" },
];

/** A shop that was set up as its README says, its reports signed; and whether it takes a report. */
async function openShop({ name, python, missing }: (typeof SHOPS)[number], context: TestContext) {
  context.skip(missing !== "", missing);
  const proxy = await startProxy();
  const terminal = await openTerminal(name, proxy, python);
  const [tell = "", sign = "", connect = "", serve = "", order = ""] = terminal.commands;
  await terminal.type(tell, sign, connect);
  const secret = (await terminal.type("printenv WEBHOOK_SECRET")).trim();
  const renew = sign.replace(/^export WEBHOOK_SECRET=\$\((.*)\)\s*$/, "$1");
  await terminal.serve(serve);
  const takes = async (headers: Record<string, string>, body = BODY) => {
    const call = { "Content-Type": "application/json", Authorization: "Bearer shared-secret", ...headers };
    const { status } = await fetch(`${terminal.shop}/mail/delivery-report`, { method: "POST", headers: call, body });
    expect([200, 401]).toContain(status);
    return status === 200;
  };
  return { terminal, secret, renew, order, takes };
}

const BODY = '{"delivery_report": []}';

function signedBy(secret: string, { at = Date.now(), body = BODY, id = "msg_1" } = {}) {
  const signature = new Webhook(secret).sign(id, new Date(at), body);
  return { "webhook-id": id, "webhook-timestamp": String(Math.floor(at / 1000)), "webhook-signature": signature };
}

test.for(SHOPS)(
  "the shop on $name tells a report of the proxy from any other, also while its secret is replaced",
  { timeout: TIMEOUT_MS },
  async (shop, context) => {
    const { terminal, secret, renew, order, takes } = await openShop(shop, context);
    const good = signedBy(secret);
    expect(await takes(good)).toBe(true);

    expect(await takes({}), "without a signature").toBe(false);
    expect(await takes(signedBy(FOREIGN)), "with another secret").toBe(false);
    expect(await takes(good, '{"delivery_report":  []}'), "changed on its way").toBe(false);
    expect(await takes({ ...good, "webhook-id": "msg_2" }), "under another id").toBe(false);
    const old = signedBy(secret, { at: Date.now() - 6 * MINUTES_MS });
    expect(await takes(old), "told again later").toBe(false);
    expect(await takes({ ...old, "webhook-timestamp": good["webhook-timestamp"] }), "made to look fresh").toBe(false);
    expect(await takes(signedBy(secret, { at: Date.now() + 6 * MINUTES_MS })), "of the future").toBe(false);
    expect(await takes({ ...good, "webhook-timestamp": "now" }), "of no moment").toBe(false);
    expect(await takes(signedBy(secret, { at: Date.now() - 4 * MINUTES_MS })), "four minutes under way").toBe(true);

    // While the secret is replaced, its signature is one of two, in either place.
    const [ours, theirs] = [good["webhook-signature"], signedBy(FOREIGN)["webhook-signature"]];
    expect(await takes({ ...good, "webhook-signature": `${theirs} ${ours}` })).toBe(true);
    expect(await takes({ ...good, "webhook-signature": `${ours} ${theirs}` })).toBe(true);
    expect(await takes({ ...good, "webhook-signature": `${theirs} ${ours.slice(0, -1)}` })).toBe(false);

    // The shop goes on with the secret before, and hears of its mail all the same.
    const renewed = (await terminal.type(renew)).trim();
    expect(renewed).toMatch(/^whsec_/);
    expect(renewed).not.toBe(secret);
    const { number } = JSON.parse(await terminal.type(order)) as { number: number };
    const look = async () => (await fetch(`${terminal.shop}/orders/${number}`)).json() as Promise<{ mail: string }>;
    const told = await until(look, ({ mail }) => mail !== "waiting" && mail !== "queued");
    expect(told.mail).toBe("sent");
  },
);
