import { expect, test } from "vitest";
import { sizeInWords, withLinks } from "../../src/attachments/large-texts.ts";

const FILE = {
  filename: "a.pdf",
  size: 12 * 1024 * 1024,
  url: "https://h/files/t/a.pdf?x=1&y=2",
  until: Date.UTC(2026, 0, 31),
};
const LIST =
  '<div><p>Large attachments to download:</p><ul><li><a href="https://h/files/t/a.pdf?x=1&amp;y=2">a.pdf</a> (12.0 MB, until 2026-01-31)</li></ul></div>';
const PLAIN = "Large attachments to download:\n\na.pdf (12.0 MB, until 2026-01-31)\nhttps://h/files/t/a.pdf?x=1&y=2\n";

test.each([
  ["before the end of the body", "<html><body>x</body></html>", `<html><body>x${LIST}</body></html>`],
  ["before the last of several", "<pre></body></pre><BODY>x</BODY >", `<pre></body></pre><BODY>x${LIST}</BODY >`],
  ["before the end of the page, where the body has none", "<html>x</html>", `<html>x${LIST}</html>`],
  ["at the end of a fragment", "<p>x", `<p>x${LIST}`],
])("the list stands %s", (_, html, expected) => {
  expect(withLinks({ html }, [FILE])).toEqual({ text: undefined, html: expected });
});

test("a plain body has the list at its end, and only a message without any body gets one", () => {
  expect(withLinks({ text: "x\n\n" }, [FILE])).toEqual({ text: `x\n\n${PLAIN}`, html: undefined });
  expect(withLinks({}, [FILE])).toEqual({ text: PLAIN, html: undefined });
  expect(withLinks({ text: "" }, [FILE])).toEqual({ text: PLAIN, html: undefined });
  expect(withLinks({ html: "<p>x" }, [])).toEqual({ html: "<p>x" });
});

test("a body full of white space keeps nobody waiting", () => {
  const text = `${" ".repeat(200_000)}x`;
  const began = performance.now();
  expect(withLinks({ text }, [FILE]).text).toBe(`${text}\n\n${PLAIN}`);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test("a name can put nothing into the page", () => {
  const { html } = withLinks({ html: "" }, [{ ...FILE, filename: `"><script>'&`, url: `https://h/"onx='` }]);
  expect(html).toContain('href="https://h/&quot;onx=&#39;">&quot;&gt;&lt;script&gt;&#39;&amp;</a>');
});

test.each([
  [1, "1 KB"],
  [100 * 1024, "100 KB"],
  [1024 * 1024, "1.0 MB"],
  [25 * 1024 * 1024, "25.0 MB"],
])("%i bytes are %s", (bytes, words) => {
  expect(sizeInWords(bytes)).toBe(words);
});
