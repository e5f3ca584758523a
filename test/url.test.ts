import { expect, test } from "vitest";
import { urlIn } from "../src/url.ts";

test("a URL is one however often was asked, beyond ASCII too; what is none is undefined", () => {
  const ask = (text: string) => urlIn(text)?.host;
  for (let n = 0; n < 200_000; n++) if (ask(`https://example.com/${n}`) === undefined) throw new Error(`call ${n}`);
  expect(["https://bücher.example/", "https://пример.example/", "https://"].map(ask)).toEqual([
    "xn--bcher-kva.example",
    "xn--e1afmkfd.example",
    undefined,
  ]);
  expect(urlIn("/b", new URL("https://example.com/a"))?.href).toBe("https://example.com/b");
});
