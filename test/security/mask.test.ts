import { expect, test } from "vitest";
import { maskSecrets } from "../../src/security/mask.ts";

test("an account's secrets are masked, the rest stays as it was sent", () => {
  const account = {
    id: "main",
    host: "smtp.example.com",
    port: 587,
    user: "u",
    password: "hunter2",
    imap_password: "hunter3",
    ca: "-----BEGIN CERTIFICATE-----",
    use_tls: true,
    from_address: "Shop <shop@example.com>",
  };
  const kept = structuredClone(account);
  expect(maskSecrets(account)).toEqual({ ...kept, password: "********", imap_password: "********" });
  expect(account).toEqual(kept);
});

test("of a tenant's authentication only the method is shown", () => {
  const client_auth = { method: "basic", user: "u", password: "p", token: 17, header: "X-Secret" };
  const masked = { method: "basic", user: "********", password: "********", token: "********", header: "********" };
  expect(maskSecrets({ client_auth, webhook_secret: "whsec_x" })).toEqual({
    client_auth: masked,
    webhook_secret: "********",
  });
  expect(maskSecrets({ attachments: [{ auth: client_auth }, { auth: "Bearer x" }] })).toEqual({
    attachments: [{ auth: masked }, { auth: "********" }],
  });
});

test.each([
  ...[
    "token",
    "apiToken",
    "api_key",
    "apiKey",
    "api-key",
    "key",
    "secret",
    "client_secret",
    "Authorization",
    "Password",
  ],
  ...["X-API-Token", "bounce_imap_password", "access_key", "private_key", "encryption_key", "passphrase", "Cookie"],
])("the value of %s is masked, at any depth", (name) => {
  expect(maskSecrets([{ headers: { [name]: "s3cret" } }])).toEqual([{ headers: { [name]: "********" } }]);
  expect(maskSecrets({ [name]: { inner: "s3cret" } })).toEqual({ [name]: "********" });
});

test.each(["id", "message_id", "batch_code", "ca", "user", "content_md5", "priority", "keywords", "monkey"])(
  "the value of %s is no secret",
  (name) => {
    expect(maskSecrets({ [name]: "value" })).toEqual({ [name]: "value" });
  },
);

test("a cleared secret and a yes or no stay visible", () => {
  expect(maskSecrets({ password: null, has_password: true })).toEqual({ password: null, has_password: true });
});

test.each([
  ["s3://id:s3cret@bucket/path", "s3://********@bucket/path"],
  [
    "see https://u:p@a.example/x and https://b@c.example/",
    "see https://********@a.example/x and https://********@c.example/",
  ],
  ["https://u:p@ss@a.example/", "https://********@a.example/"],
  ["https://a.example/x?id=1&token=abc&v=2#t", "https://a.example/x?id=1&token=********&v=2#t"],
  ["https://a.example/x?X-Amz-Signature=abc", "https://a.example/x?X-Amz-Signature=********"],
  ["api_key=abc&invoice_id=12", "api_key=********&invoice_id=12"],
  ["https://a.example/@user/x", "https://a.example/@user/x"],
  ["mail me at u@a.example", "mail me at u@a.example"],
])("%s is logged as %s", (text, logged) => {
  expect(maskSecrets({ url: text })).toEqual({ url: logged });
});

test("contents of attachments are replaced by their size", () => {
  const content = Buffer.alloc(30_000).toString("base64");
  const note = "(base64, about 30000 bytes)";
  expect(maskSecrets({ storage_path: `base64:${content}` })).toEqual({ storage_path: note });
  expect(maskSecrets({ storage_path: content, filename: "a.pdf" })).toEqual({ storage_path: note, filename: "a.pdf" });
  expect(maskSecrets({ storage_path: "base64:AAAA" })).toEqual({ storage_path: "(base64, about 3 bytes)" });
  expect(maskSecrets({ body: "a word ".repeat(200) })).toEqual({ body: "a word ".repeat(200) });
});

test("no input exhausts the stack or the time", () => {
  const deep = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`) as unknown;
  expect(JSON.stringify(maskSecrets(deep))).toContain("(nested too deeply)");
  const started = performance.now();
  for (const piece of ["://", "a", "?", "&a", "key", "a@"]) maskSecrets(piece.repeat(200_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});

test("fields with the names of object internals are copied as fields", () => {
  const masked = maskSecrets(JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'));
  expect(JSON.stringify(masked)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
  expect(Object.getPrototypeOf(masked)).toBe(Object.prototype);
});
