/** worker-mailer's class with its members in reach: the one place that leans on what the library calls private. */
import { WorkerMailer } from "worker-mailer";

/** What we use of a `cloudflare:sockets` socket. */
export interface MailSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<{ remoteAddress?: string | null | undefined }>;
  /** Only runtimes that let us choose whom to trust say so; workerd verifies against public roots. */
  readonly takesTlsPolicy?: boolean;
  startTls(policy?: { verify?: boolean | undefined; ca?: string | undefined }): MailSocket;
  close(): Promise<void>;
}

interface MailerOptions {
  host: string;
  port: number;
  /** Open the connection so that it can become TLS later. */
  startTls: boolean;
  logLevel: number;
  /** What the library's own login sends through `btoa`, hence one character per byte. */
  credentials?: { username: string; password: string };
}

/** The members that we keep or replace; test/smtp/worker-mailer.contract.test.ts watches over each. */
declare abstract class OpenedWorkerMailer {
  protected socket: MailSocket;
  protected reader: ReadableStreamDefaultReader<Uint8Array>;
  protected writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Opens the connection. */
  constructor(options: MailerOptions);
  /** Reads a reply, as text that starts with its code, for the library's own dialogue. */
  protected readTimeout(): Promise<string>;
  /** Writes for the library's own dialogue. */
  protected write(text: string): Promise<void>;
  /** Writes a line and its CRLF through `write`. */
  protected writeLine(line: string): Promise<void>;
  /** Waits for the greeting. */
  protected greet(): Promise<void>;
  protected authWithPlain(): Promise<void>;
  protected authWithLogin(): Promise<void>;
}

export const Mailer = WorkerMailer as unknown as typeof OpenedWorkerMailer;
