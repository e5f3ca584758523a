/** A proxy with a tenant and its account, an SMTP server that reads what arrives, and a web server that hands out files. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import PostalMime, { type Attachment } from "postal-mime";
import { onTestFinished } from "vitest";
import type { Ports } from "../../src/ports.ts";
import { type Answer, startApp, type TestApp } from "../support/app.ts";
import { EXTENSIONS, type ScriptedServer, startSmtpServer } from "../support/smtp-server.ts";

export interface FileRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface FileServer {
  url: string;
  port: number;
  requests: FileRequest[];
  /** Waits until so many requests have come in. */
  asked(times: number): Promise<FileRequest[]>;
}

/** Answers each request by `answer`: a text, or whatever it does with the response itself. */
export async function fileServer(
  answer: (request: FileRequest, response: ServerResponse) => string | undefined | Promise<string | undefined>,
): Promise<FileServer> {
  const requests: FileRequest[] = [];
  const waiting: { times: number; resolve: () => void }[] = [];
  const server = createServer(async (incoming, response) => {
    if (incoming.url?.endsWith("/mail-proxy/sync")) return void response.end("{}"); // reports are no matter here
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const request = { method: incoming.method ?? "", path: incoming.url ?? "", headers: incoming.headers, body };
    requests.push(request);
    for (const { times, resolve } of waiting) if (requests.length >= times) resolve();
    const text = await answer(request, response);
    if (text !== undefined) response.end(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    asked: async (times) => {
      if (requests.length < times) await new Promise<void>((resolve) => waiting.push({ times, resolve }));
      return requests;
    },
  };
}

export interface AttachmentProxy extends TestApp {
  server: ScriptedServer;
  /** Puts a message with these attachments in; answers what the API says. */
  send(id: string, attachments: object[], over?: object, token?: string): Promise<Answer>;
  /** The attachments of the message with that id as its recipient has them. */
  arrived(id: string): Promise<Attachment[]>;
}

export const ACCOUNT = { id: "default", tenant_id: "acme", host: "127.0.0.1", use_tls: false };

/** Files of this machine may be fetched, unless the settings say otherwise. */
export async function startProxy(
  settings: Record<string, string> = {},
  tenant: object = {},
  account: object = {},
  ports: Partial<Ports> = {},
): Promise<AttachmentProxy> {
  const server = await startSmtpServer({
    extensions: EXTENSIONS.map((one) => (one.startsWith("SIZE") ? "SIZE 0" : one)),
  });
  const named = { ATTACHMENT_ALLOW: "127.0.0.0/8", SHUTDOWN_SECONDS: "0", RETRY_DELAYS: "3600", ...settings };
  const app = await startApp(named, undefined, ports);
  await app.call("POST", "/tenant", { id: "acme", ...tenant });
  await app.call("POST", "/account", { ...ACCOUNT, port: server.port, ...account });
  const send: AttachmentProxy["send"] = async (id, attachments, over = {}, token) => {
    const { body } = await app.call(
      "POST",
      "/commands/add-messages",
      { messages: [{ ...message(id), attachments, ...over }] },
      token,
    );
    return body;
  };
  const arrived: AttachmentProxy["arrived"] = async (id) => {
    const isIt = ({ wire }: { wire: string }) => wire.includes(`X-Genro-Mail-ID: ${id}\r\n`);
    await server.until(() => server.messages.some(isIt));
    const { wire } = server.messages.find(isIt)!;
    return (await PostalMime.parse(Buffer.from(wire.replace(/^\.\./gm, "."), "latin1"))).attachments;
  };
  return { ...app, server, send, arrived };
}

export const message = (id: string) => ({
  id,
  tenant_id: "acme",
  from: "app@example.com",
  to: "a@example.net",
  subject: id,
  body: "Hello",
});

/** An attachment's content as text. */
export function textOf({ content }: Attachment): string {
  return typeof content === "string" ? content : new TextDecoder().decode(content);
}
