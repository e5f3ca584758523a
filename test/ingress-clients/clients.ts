/** The SMTP clients that applications have, each behind one call: Python's smtplib, Flask-Mail, Django, nodemailer. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTransport } from "nodemailer";
import { pythonWith } from "../examples/terminal.ts";
import { testCa } from "../support/smtp-server.ts";
import { runProgram } from "./run-program.ts";

export type Tls = "none" | "starttls" | "implicit";

/** Where a client is told to send, and as whom; without a user it does not log in. */
export interface Server {
  host: string;
  port: number;
  tls: Tls;
  user: string;
  password: string;
}

export interface Letter {
  from: string;
  to: string[];
  cc: string[];
  bcc: string[];
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  attachments: { filename: string; type: string; path: string }[];
}

/** The reply that decided: 250, or the one that the client stumbled over. */
export interface Outcome {
  code: number;
  text: string;
}

export interface Client {
  name: string;
  /** Why it cannot run on this machine; undefined where it can. */
  missing: string | undefined;
  /** Whether it knows what SMTPUTF8 is for: addresses that are not ASCII before their @. */
  smtputf8: boolean;
  send(server: Server, letter: Letter): Promise<Outcome>;
}

export const CA_FILE = fileURLToPath(new URL("../support/tls/ca.pem", import.meta.url));

export const CLIENTS: readonly Client[] = [
  onPython("smtplib", "smtplib", true),
  onPython("Flask-Mail", "flask_mail"),
  onPython("Django", "django"),
  { name: "nodemailer", missing: undefined, smtputf8: true, send: sendByNodemailer },
];

function onPython(name: string, module: string, smtputf8 = false): Client {
  const python = pythonWith(module);
  const program = fileURLToPath(new URL(`./programs/${module}_client.py`, import.meta.url));
  return {
    name,
    missing: python === undefined ? `no python3 has ${module}` : undefined,
    smtputf8,
    async send(server, letter) {
      const order = JSON.stringify({ server: { ...server, ca: CA_FILE }, letter });
      const { code, output } = await runProgram(python ?? "", [program], order);
      if (code !== 0) throw new Error(`${name} broke down: ${output}`);
      return JSON.parse(output) as Outcome;
    },
  };
}

async function sendByNodemailer({ tls, user, password, ...server }: Server, letter: Letter): Promise<Outcome> {
  const transport = createTransport({
    ...server,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    tls: { ca: testCa },
    ...(user === "" ? {} : { auth: { user, pass: password } }),
  });
  const attachments = letter.attachments.map(({ filename, type, path }) => ({
    filename,
    contentType: type,
    content: readFileSync(path),
  }));
  try {
    const { response } = await transport.sendMail({ ...letter, attachments });
    return replyOf(response);
  } catch (error) {
    if (error instanceof Error && "response" in error && typeof error.response === "string")
      return replyOf(error.response);
    throw error;
  } finally {
    transport.close();
  }
}

function replyOf(line: string): Outcome {
  return { code: Number(line.slice(0, 3)), text: line.slice(4) };
}
