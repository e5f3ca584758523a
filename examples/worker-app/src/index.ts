/** A shop on Workers: it confirms each order by mail, which it hands to mail-proxy over a service binding. */

interface Bindings {
  /** mail-proxy's Worker. */
  MAIL: { fetch(url: string, request: RequestInit): Promise<Response> };
  /** The key of the shop's tenant, a secret. */
  MAIL_PROXY_KEY: string;
}

interface Order {
  number: number;
  email: string;
}

/** What mail-proxy answers; of one message either `queued` is 1, or `rejected` says why not. */
interface Added {
  queued: number;
  rejected: { id: string | null; reason: string }[];
}

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/orders")
      return Response.json({ error: "POST /orders" }, { status: 404 });
    const order = (await request.json().catch(() => undefined)) as Order | undefined;
    if (order === undefined) return Response.json({ error: "an order is JSON" }, { status: 400 });
    const { queued, rejected } = await confirm(order, bindings);
    if (queued === 0) return Response.json({ error: rejected[0]?.reason }, { status: 422 });
    return Response.json({ number: order.number, mail: "queued" }, { status: 201 });
  },
};

/** The id comes from the order, not from chance: repeating a call whose answer was lost sends nothing twice. */
async function confirm({ number, email }: Order, { MAIL, MAIL_PROXY_KEY }: Bindings): Promise<Added> {
  const message = {
    id: `order-${number}`,
    from: "Shop <shop@example.com>",
    to: email,
    subject: `Your order ${number}`,
    text: "Thank you. We are packing it.",
  };
  // The binding leads to mail-proxy whatever the host is called.
  const response = await MAIL.fetch("https://mail/commands/add-messages", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-API-Token": MAIL_PROXY_KEY },
    body: JSON.stringify({ messages: [message] }),
  });
  if (!response.ok) throw new Error(`mail-proxy answered ${response.status}: ${await response.text()}`);
  return response.json();
}
