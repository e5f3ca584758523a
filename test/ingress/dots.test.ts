/** Dots before dots: what SMTP puts before a line comes off, wherever the line is cut in two, and no number of them keeps the service busy. */
import { expect, test } from "vitest";
import { Dots } from "../../src/ingress/dots.ts";
import { startIngress } from "./support.ts";

const HEADER = "From: ann@shop.example\r\nSubject: Hello\r\n\r\n";

test.for<[mail: string, content: string]>([
  [".\r\n", ""],
  ["..\r\n.\r\n", ".\r\n"],
  ["...\r\n.\r\n", "..\r\n"],
  ["a\r\n..b\r\n..\r\n.\r\n", "a\r\n.b\r\n.\r\n"],
  ["a.\r\n.b\r\n. \r\n.\r\n", "a.\r\n.b\r\n. \r\n"],
  ["a..b\r\n\r\n.\r\n", "a..b\r\n\r\n"],
])("%j is %j, however it is cut", ([mail, content]) => {
  const behind = "QUIT\r\n";
  const whole = Buffer.from(mail + behind);
  for (let first = 0; first <= mail.length; first++) {
    for (let second = first; second <= mail.length; second++) {
      const dots = new Dots();
      const cuts = [0, first, second, whole.length];
      let read = "";
      let rest: string | undefined;
      for (const [at, from] of cuts.slice(0, -1).entries()) {
        const chunk = whole.subarray(from, cuts[at + 1]);
        const taken = dots.takeOff(chunk);
        read += taken.content.toString();
        if (taken.end === undefined) continue;
        rest = chunk.subarray(taken.end).toString() + whole.subarray(cuts[at + 1]).toString();
        break;
      }
      expect([read, rest]).toEqual([content, behind]);
    }
  }
});

test("a mail of nothing but dots is taken in its usual time", { timeout: 60_000 }, async () => {
  const ingress = await startIngress();
  const wire = await ingress.loggedIn();
  await wire.says("MAIL FROM:<ann@shop.example>", "RCPT TO:<bob@example.com>", "DATA");
  const began = performance.now();
  await wire.write(`${HEADER}${"..\r\n".repeat(2_000_000)}.\r\n`);
  expect(await wire.reply()).toMatch(/^250 /);
  expect(performance.now() - began).toBeLessThan(5_000);
});
