/** Keys travel inside TLS, and nothing that came before it counts inside. */
import { networkInterfaces } from "node:os";
import tls from "node:tls";
import { createTransport } from "nodemailer";
import { expect, onTestFinished, test } from "vitest";
import { testCa } from "../support/smtp-server.ts";
import { ENVELOPE, LETTER, plain, startIngress, TENANT, Wire } from "./support.ts";

test("commands that are pipelined behind STARTTLS are not followed inside TLS", async () => {
  const ingress = await startIngress({ hasTls: true });
  const wire = await ingress.connect();
  await wire.says("EHLO client.test");
  const injected = `EHLO eve.test\r\nAUTH PLAIN ${plain(TENANT, ingress.key)}\r\n${ENVELOPE}${LETTER}`;
  await wire.write(`STARTTLS\r\n${injected}`);
  expect(await wire.reply()).toMatch(/^220 /);
  await wire.upgrade();
  expect(await wire.says("NOOP")).toMatch(/^250 /); // the first reply inside is to the first command inside
  expect(await wire.says("MAIL FROM:<ann@shop.example>")).toMatch(/^503 /); // neither EHLO nor login is left
  expect(await ingress.messages()).toEqual([]);
});

test("a login before STARTTLS does not count inside", async () => {
  const ingress = await startIngress({ hasTls: true });
  const wire = await ingress.loggedIn();
  expect(await wire.says("STARTTLS")).toMatch(/^220 /);
  await wire.upgrade();
  expect(await wire.says("EHLO client.test", "MAIL FROM:<ann@shop.example>")).toMatch(/^530 5\.7\.0 /);
  expect(await wire.says(`AUTH PLAIN ${plain(TENANT, ingress.key)}`)).toMatch(/^235 /);
  expect(await wire.sends()).toMatch(/^250 /);
});

test("TLS from the first byte is as good", async () => {
  const ingress = await startIngress({ hasTls: true });
  const socket = tls.connect({ port: ingress.smtpsPort, host: "127.0.0.1", servername: "localhost", ca: testCa });
  const wire = new Wire(socket);
  onTestFinished(() => wire.end());
  expect(await wire.reply()).toBe("220 proxy.test ESMTP");
  expect(await wire.says("EHLO client.test")).not.toContain("STARTTLS");
  expect(await wire.says(`AUTH PLAIN ${plain(TENANT, ingress.key)}`)).toMatch(/^235 /);
  expect(await wire.sends()).toMatch(/^250 /);
});

test("an old TLS is not spoken", async () => {
  const ingress = await startIngress({ hasTls: true });
  const socket = tls.connect({
    ...{ port: ingress.smtpsPort, host: "127.0.0.1", servername: "localhost", ca: testCa },
    ...{ maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" },
  });
  const failed = await new Promise((resolve) => socket.once("error", resolve).once("secureConnect", resolve));
  expect(String(failed)).toMatch(/version|protocol/i);
});

/** Where other machines would come from. */
const OWN_ADDRESS = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

test.skipIf(OWN_ADDRESS === undefined)(
  "from another machine no key is taken outside of TLS (skipped where this one has no address but loopback)",
  async () => {
    const ingress = await startIngress({ hasTls: true, settings: { HOST: "0.0.0.0" } });
    const wire = await ingress.connect(OWN_ADDRESS, OWN_ADDRESS);
    expect(await wire.says("EHLO client.test")).not.toMatch(/AUTH/);
    expect(await wire.says(`AUTH PLAIN ${plain(TENANT, ingress.key)}`)).toMatch(/^538 5\.7\.11 /);
    expect(await wire.says("MAIL FROM:<ann@shop.example>")).toMatch(/^530 5\.7\.0 /);
    expect(await wire.says("STARTTLS")).toMatch(/^220 /);
    await wire.upgrade();
    expect(await wire.says("EHLO client.test")).toMatch(/AUTH LOGIN PLAIN|AUTH PLAIN LOGIN/);
    expect(await wire.says(`AUTH PLAIN ${plain(TENANT, ingress.key)}`)).toMatch(/^235 /);
  },
);

test("nodemailer sends through both ports", async () => {
  const ingress = await startIngress({ hasTls: true });
  for (const secure of [false, true]) {
    const port = secure ? ingress.smtpsPort : ingress.port;
    const transport = createTransport({
      ...{ host: "127.0.0.1", port, secure, requireTLS: !secure },
      tls: { ca: testCa, servername: "localhost" },
      auth: { user: TENANT, pass: ingress.key },
    });
    onTestFinished(() => transport.close());
    const { response } = await transport.sendMail({ from: "ann@shop.example", to: "bob@example.com", text: "Hello." });
    expect(response).toMatch(/^250 2\.0\.0 queued as smtp-/);
  }
  expect(await ingress.messages()).toHaveLength(2);
});
