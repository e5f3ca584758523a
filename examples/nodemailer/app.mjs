/** A shop that confirms orders by mail, with the invoice attached, by nodemailer: of the proxy only the transport knows. */
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { createTransport } from "nodemailer";

const { MAIL_SERVER = "127.0.0.1", MAIL_PORT = "2525", MAIL_PROXY_KEY, PORT = "5000" } = process.env;
if (!MAIL_PROXY_KEY) throw new Error("MAIL_PROXY_KEY is needed");

const transport = createTransport(
  {
    host: MAIL_SERVER,
    port: Number(MAIL_PORT),
    auth: { user: "mynodemailerapp", pass: MAIL_PROXY_KEY },
    pool: true,
  },
  { from: "Shop <shop@example.com>" },
);
/** Numbers go on from the clock: a shop that starts again gives none twice. */
let lastNumber = Date.now();

async function placeOrder({ email }) {
  const number = ++lastNumber;
  await transport.sendMail(confirmation(number, email));
  return { number };
}

function confirmation(number, email) {
  return {
    to: email,
    subject: `Your order ${number}`,
    text: "Thank you. We are packing it. The invoice is attached.",
    headers: { "X-Mail-Proxy-Priority": "high", "X-Mail-Proxy-Batch": "orders" },
    attachments: [{ filename: `invoice-${number}.txt`, content: invoice(number, email) }],
  };
}

const invoice = (number, email) => `Invoice ${number}\nfor ${email}\n\n1 parcel  12.50 €\n`;

async function answerTo(request) {
  if (`${request.method} ${request.url}` !== "POST /orders") return { status: 404, answer: { error: "not found" } };
  return { status: 201, answer: await placeOrder(await json(request)) };
}

const server = createServer(async (request, response) => {
  const { status, answer } = await answerTo(request).catch((error) => {
    console.error(error);
    return { status: 500, answer: { error: "something went wrong" } };
  });
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
});

server.listen(Number(PORT), "127.0.0.1", () => console.log(`the shop is at http://127.0.0.1:${server.address().port}`));
