/** The server that all mail ends at: it keeps each envelope and every byte, and a reader of its own takes them apart. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

export interface Arrived {
  from: string;
  recipients: string[];
  raw: Buffer;
}

export interface FarEnd {
  port: number;
  /** All that has come. */
  mails: readonly Arrived[];
  /** The first mail of which that is so, as soon as it is there. */
  when(is: (mail: Arrived) => boolean): Promise<Arrived>;
  close(): Promise<void>;
}

const LARGEST_BYTES = 64 * 1024 * 1024;

export async function startFarEnd(): Promise<FarEnd> {
  const mails: Arrived[] = [];
  const waiting = new Set<() => void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    size: LARGEST_BYTES,
    closeTimeout: 100,
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      buffer(stream).then((raw) => {
        const from = mailFrom ? mailFrom.address : "";
        mails.push({ from, recipients: rcptTo.map(({ address }) => address), raw });
        done();
        for (const look of waiting) look();
      }, done);
    },
  });
  server.on("error", () => undefined); // a client that resets its connection is its own affair
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    mails,
    when: (is) =>
      new Promise((resolve) => {
        const look = () => {
          const mail = mails.find(is);
          if (mail === undefined) return;
          waiting.delete(look);
          resolve(mail);
        };
        waiting.add(look);
        look();
      }),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Header names in lower case, text parts decoded. */
export function read({ raw }: Arrived): Promise<ParsedMail> {
  return simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true, skipImageLinks: true });
}
