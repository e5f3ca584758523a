/** examples/resend: an order is confirmed by the commands of its README, once however often they are typed, or refused in words. */
import { expect, test } from "vitest";
import { openTerminal, startProxy } from "./terminal.ts";

const TIMEOUT_MS = 60_000;

test("the README's order is mailed with its invoice, and not again", { timeout: TIMEOUT_MS }, async () => {
  const { proxy, terminal, confirm } = await prepared();
  const printed = JSON.parse(await terminal.type(confirm));
  expect(printed).toEqual({ id: expect.any(String), outcome: "sent" });
  expect(JSON.parse(await terminal.type(confirm))).toEqual(printed);

  const { messages } = await (await proxy.admin("/inbox/messages")).json();
  expect(messages).toMatchObject([{ subject: "Your order 17", to: ["bob@example.com"] }]);
  const invoice = await proxy.admin(`/inbox/messages/${messages[0].n}/attachments/0`);
  expect(await invoice.text()).toBe("Invoice 17\nfor bob@example.com\n");
});

test("what the proxy refuses is said, and not tried again", { timeout: TIMEOUT_MS }, async () => {
  const { proxy, terminal } = await prepared();
  await expect(terminal.type("node confirm.mjs 18 nobody")).rejects.toMatchObject({
    stderr: expect.stringMatching(/order 18: validation_error: .*nobody/),
  });
  await expect(terminal.type("RESEND_API_KEY=wrong node confirm.mjs 18 bob@example.com")).rejects.toMatchObject({
    stderr: expect.stringContaining("order 18: invalid_api_key"),
  });
  expect((await (await proxy.admin("/messages?tenant_id=myshop")).json()).messages).toEqual([]);
});

test("an order that comes while the proxy starts is mailed once it is there", { timeout: TIMEOUT_MS }, async () => {
  const { proxy, terminal, confirm } = await prepared();
  await proxy.stop();
  const confirmed = terminal.type(confirm);
  await proxy.startAgain();
  expect(JSON.parse(await confirmed)).toMatchObject({ outcome: "sent" });
});

/** A proxy with the tenant of the README, and its key in the terminal. */
async function prepared() {
  const proxy = await startProxy();
  const terminal = await openTerminal("resend", proxy);
  const [setUp = "", keys = "", confirm = ""] = terminal.commands;
  await terminal.type(setUp, keys);
  return { proxy, terminal, confirm };
}
