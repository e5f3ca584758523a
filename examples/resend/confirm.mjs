/**
 * Confirms an order by mail, with its invoice, through the package `resend`: nothing in here knows of mail-proxy.
 *
 *   node confirm.mjs NUMBER ADDRESS    prints the email's id, and what became of it
 *
 * RESEND_API_KEY and RESEND_BASE_URL, which the package reads itself, say with what key and where.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Resend } from "resend";

const TRIES = 6;
const FIRST_PAUSE_MS = 200;
const ON_THE_WAY = ["queued", "scheduled", "delivery_delayed"];

const [number, address] = process.argv.slice(2);
if (!number || !address) throw new Error("usage: node confirm.mjs NUMBER ADDRESS");
const resend = new Resend();

const confirmation = {
  from: "Shop <shop@example.com>",
  to: address,
  subject: `Your order ${number}`,
  text: "Thank you. We are packing it. The invoice is attached.",
  html: "<p>Thank you. We are packing it. The invoice is attached.</p>",
  attachments: [{ filename: `invoice-${number}.txt`, content: Buffer.from(`Invoice ${number}\nfor ${address}\n`) }],
  tags: [{ name: "order", value: number }],
};

/** The key comes from the order, not from chance: however often this is called for it, one mail goes out. */
async function send() {
  for (let tries = 1; ; tries++) {
    const { data, error } = await resend.emails.send(confirmation, { idempotencyKey: `order-${number}` });
    if (error === null) return data.id;
    // null: no answer came. What is refused for good would be refused again.
    const isPassing = error.statusCode === null || error.statusCode === 429 || error.statusCode >= 500;
    if (!isPassing || tries === TRIES) throw new Error(`order ${number}: ${error.name}: ${error.message}`);
    await pause(FIRST_PAUSE_MS * 2 ** tries);
  }
}

async function outcomeOf(id) {
  for (;;) {
    const { data, error } = await resend.emails.get(id);
    if (error !== null) throw new Error(`order ${number}: ${error.name}: ${error.message}`);
    if (!ON_THE_WAY.includes(data.last_event)) return data.last_event;
    await pause(FIRST_PAUSE_MS);
  }
}

const id = await send();
console.log(JSON.stringify({ id, outcome: await outcomeOf(id) }));
