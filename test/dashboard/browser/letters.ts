/** What a shop writes to its customers: believable enough to be looked at in pictures. */

const CUSTOMERS = [
  "Ada Byron",
  "Grace Hopper",
  "Emmy Noether",
  "Sofja Kowalewskaja",
  "Hedy Lamarr",
  "Maria Winkelmann",
];
const BOOKS = ["Flatland", "Middlemarch", "The Periodic Table", "Three Men in a Boat", "The Dispossessed"];

export interface Letter extends Record<string, unknown> {
  id: string;
  subject: string;
}

/** `id` may be given where who gets it is the point. */
export function order(n: number, to?: string): Letter {
  const name = CUSTOMERS[n % CUSTOMERS.length] ?? "";
  const book = BOOKS[n % BOOKS.length] ?? "";
  const number = 20_418 + n;
  const lines = [`Hello ${name},`, `thank you for your order ${number}: ${book}.`, "It leaves our shop tomorrow."];
  return {
    id: `order-${number}`,
    from: "Corner Books <orders@books.example>",
    to: [to ?? `${name} <${name.toLowerCase().replace(" ", ".")}@example.org>`],
    subject: `Your order ${number}: ${book}`,
    text: lines.join("\n\n"),
    html: `<h1 style="color:#345">Corner Books</h1>${lines.map((line) => `<p>${line}</p>`).join("")}`,
    account_id: "orders",
    tags: { kind: "order" },
    metadata: { order: String(number) },
  };
}

export function campaign(id: string, batch: string, n: number): Letter {
  const name = CUSTOMERS[n % CUSTOMERS.length] ?? "";
  return {
    id: `${id}-${n}`,
    from: "Corner Books <news@books.example>",
    to: [`${name.toLowerCase().replace(" ", ".")}@example.org`],
    subject: "A third off all poetry, until Sunday",
    text: `Dear ${name},\n\nall poetry is a third off until Sunday.`,
    account_id: "newsletter",
    batch_code: batch,
    priority: "low",
  };
}

/** Of another business. */
export function subscription(n: number): Letter {
  return {
    id: `subscription-${n}`,
    from: "Harbour Coffee <hello@coffee.example>",
    to: [`cup${n}@example.org`],
    subject: "Your beans are on their way",
    text: "Roasted yesterday, at your door on Thursday.",
    attachments: [{ filename: "receipt.txt", storage_path: "base64:MTIgRVVS", mime_type: "text/plain" }],
  };
}
