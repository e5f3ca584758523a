/** An application that was written by genro-mail-proxy's guides, and knows nothing of this proxy: docs/from-genro-mail-proxy.md. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { openTerminal, type RunningProxy, startProxy, until } from "./terminal.ts";

const INVOICE = Buffer.from("%PDF-1.4 an invoice\r\n\u0000\u00ff", "latin1");
const TIMEOUT_MS = 60_000;

test.for([
  { guide: "Flask and Django", format: "form", type: "application/x-www-form-urlencoded" },
  { guide: "Express", format: "json", type: "application/json" },
])(
  "by the guide for $guide a mail is sent with its invoice, and reported",
  { timeout: TIMEOUT_MS },
  async ({ format, type }) => {
    const proxy = await startProxy();
    const { url, asked, reports } = await application();
    const { type: typed } = await openTerminal("node", proxy);
    const tenant = `mail-proxy default tenants add myapp --base-url ${url} --sync-path /mail/delivery-report \
    --attachment-path /mail/attachments --auth-method bearer --auth-token shared-secret`;
    await typed(format === "form" ? tenant : `${tenant} --attachment-format ${format}`);
    await typed("mail-proxy default myapp accounts add default --host sandbox");
    const key = (await typed("mail-proxy default tenants api-key myapp")).trim();

    const message = {
      id: "b0d6c1f4-9a94-4a4e-8d59-3f6f7f3c2f11",
      account_id: "default",
      from: "billing@example.com",
      to: ["customer@example.com"],
      cc: ["office@example.com"],
      subject: "Invoice #7",
      body: "<p>Please find attached invoice <strong>#7</strong>.</p>",
      content_type: "html",
      priority: 2,
      attachments: [{ filename: "invoice_7.pdf", storage_path: "invoice_id=7", fetch_mode: "endpoint" }],
    };
    const answer = await fetch(`${proxy.url}/commands/add-messages`, {
      method: "POST",
      headers: { "X-API-Token": key, "Content-Type": "application/json" },
      body: JSON.stringify({ messages: [message] }),
    });
    expect(await answer.json()).toMatchObject({ queued: 1, rejected: [] });

    await until(
      async () => reports,
      (told) => told.length > 0,
    );
    expect(reports).toMatchObject([
      { id: message.id, account_id: "default", priority: 2, sent_ts: expect.any(Number) },
    ]);
    expect(asked).toEqual([{ type, authorization: "Bearer shared-secret", invoiceId: "7" }]);
    expect(await attachmentOf(proxy)).toEqual({ type: "application/pdf", bytes: INVOICE });

    // It answers with counts, which acknowledge: nothing is told again.
    await until(
      async () => (await proxy.admin("/tenants/sync-status")).json(),
      ({ tenants }) => tenants.some((one: Synced) => one.id === "myapp" && one.unreported_events === 0),
    );
  },
);

interface Synced {
  id: string;
  unreported_events: number;
}

async function attachmentOf(proxy: RunningProxy) {
  const answer = await proxy.admin("/inbox/messages/1/attachments/0");
  return { type: answer.headers.get("content-type"), bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** What it was asked for, and what it was told. It reads a form or JSON, as it is sent. */
async function application() {
  const asked: { type: unknown; authorization: unknown; invoiceId: unknown }[] = [];
  const reports: { id: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { "content-type": type = "", authorization } = request.headers;
    if (request.url === "/mail/delivery-report") {
      const { delivery_report } = JSON.parse(body);
      reports.push(...delivery_report);
      response.end(JSON.stringify({ sent: delivery_report.length, error: 0, deferred: 0 }));
      return;
    }
    const fields = type === "application/json" ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
    asked.push({ type, authorization, invoiceId: fields.invoice_id });
    response.setHeader("Content-Type", "application/pdf").end(INVOICE);
  });
  const port = await freePort();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${port}`, asked, reports };
}
