/** Mail that Email Routing hands to the Worker, in workerd: what comes in is kept, too much of it is refused, nothing is lost. */
import { createClient } from "@libsql/client";
import { describe, expect, onTestFinished, test } from "vitest";
import worker from "../../src/runtimes/worker.ts";
import { WorkerOfTests } from "./dev-worker.ts";

const MIB = 1024 * 1024;
const BOUNCE =
  "Message-ID: <bounce@example.net>\r\nFrom: <>\r\nSubject: Undelivered\r\n\r\nNo such user: gr\u00fc\u00dfe\r\n";

describe("in workerd", () => {
  const dev = new WorkerOfTests();
  const { promise } = dev;

  /** As Email Routing does it: the envelope beside the mail as it came. */
  async function deliver(raw: string | Buffer, to: string, from = "mailer-daemon@example.net"): Promise<string> {
    const envelope = new URLSearchParams({ from, to });
    const request = { method: "POST", body: Buffer.from(raw) };
    const response = await fetch(`${dev.proxy.url}/cdn-cgi/handler/email?${envelope}`, request);
    return `${response.status} ${await response.text()}`;
  }

  async function kept(to: string): Promise<Record<string, unknown>[]> {
    const database = createClient({ url: dev.proxy.databaseUrl });
    onTestFinished(() => database.close());
    const { rows } = await database.execute({ sql: "select * from arrivals where rcpt_to = ?", args: [to] });
    return rows;
  }

  promise("a mail is kept as it came, once, however often it is delivered", async () => {
    const to = "bounces@example.com";
    expect(await deliver(BOUNCE, to)).toMatch(/^200 /);
    expect(await deliver(BOUNCE, to)).toMatch(/^200 /);
    const [arrival, another] = await kept(to);
    expect(arrival).toMatchObject({ mail_from: "mailer-daemon@example.net", arrived_at: expect.any(Number) });
    expect(Buffer.from(String(arrival?.raw), "base64").toString()).toBe(BOUNCE);
    expect(another).toBeUndefined();
  });

  promise("a mail of more than a MiB is refused for good", async () => {
    const large = Buffer.alloc(MIB + 1, "a");
    large.write(BOUNCE);
    expect(await deliver(large, "large@example.com")).toMatch(/^400 .*rejected.*the mail is over 1048576 bytes/i);
    expect(await kept("large@example.com")).toEqual([]);
    expect(await deliver(large.subarray(0, MIB), "large@example.com")).toMatch(/^200 /);
    expect(await kept("large@example.com")).toHaveLength(1);
  });
});

const COMPLETE = {
  MAIL_PROXY_API_TOKEN: "token-of-the-test",
  MAIL_PROXY_DATABASE_URL: "http://127.0.0.1:1",
  MAIL_PROXY_ENCRYPTION_KEY: "33".repeat(32),
};

/** As workerd hands it over. */
function mail() {
  const rejections: string[] = [];
  const raw = new Blob([BOUNCE]).stream();
  const setReject = (reason: string) => void rejections.push(reason);
  return { from: "", to: "bounces@example.com", raw, setReject, rejections };
}

test.each([
  ["a setting is missing", { ...COMPLETE, MAIL_PROXY_API_TOKEN: "" }, /MAIL_PROXY_API_TOKEN is missing/],
  ["the database is away", COMPLETE, /the database does not answer/],
])("while %s the sender is told to try again, and the mail is not refused", async (_, bindings, fault) => {
  const incoming = mail();
  await expect(worker.email(incoming, bindings)).rejects.toThrow(fault);
  expect(incoming.rejections).toEqual([]);
});
