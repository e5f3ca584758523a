import { expect, test } from "vitest";
import { ConfigError } from "../../src/config.ts";
import { generateKey, openVault } from "../../src/security/vault.ts";

const HEX = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1cfdfeff";
const BYTES = Buffer.from(HEX, "hex");

test("what is sealed opens again, whatever its characters", async () => {
  const vault = await openVault(generateKey());
  for (const secret of ["", "hunter2", "пароль 🔑", "x".repeat(100_000)]) {
    expect(await vault.open(await vault.seal(secret))).toBe(secret);
  }
});

test("a sealed secret is ENC: and base64 of nonce, ciphertext and tag, and never the same twice", async () => {
  const vault = await openVault(HEX);
  const [one, two] = [await vault.seal("secret"), await vault.seal("secret")];
  expect(one).not.toBe(two);
  const bytes = Buffer.from(one.slice("ENC:".length), "base64");
  expect(one).toBe(`ENC:${bytes.toString("base64")}`);
  expect(bytes.length).toBe(12 + "secret".length + 16);

  const key = await crypto.subtle.importKey("raw", BYTES, "AES-GCM", false, ["decrypt"]);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.subarray(0, 12) }, key, bytes.subarray(12));
  expect(Buffer.from(plain).toString()).toBe("secret");
});

test("every spelling of one key opens the same vault", async () => {
  const base64 = BYTES.toString("base64");
  const sealed = await (await openVault(HEX)).seal("secret");
  const spellings = [HEX.toUpperCase(), base64, base64.replace("=", ""), BYTES.toString("base64url"), `${base64}\n`];
  for (const spelling of spellings) expect(await (await openVault(spelling)).open(sealed)).toBe("secret");
});

test.each([
  "",
  "change-me",
  HEX.slice(2),
  `${HEX}00`,
  `${HEX.slice(0, -1)}g`,
  BYTES.subarray(1).toString("base64"),
  Buffer.concat([BYTES, BYTES]).toString("base64"),
])("the text %j is refused as a key, without showing it", async (text) => {
  const error = await openVault(text).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toContain("MAIL_PROXY_ENCRYPTION_KEY");
  if (text !== "") expect(String(error)).not.toContain(text);
});

test("another key, a changed byte or an unsealed text does not open, and the error shows none of them", async () => {
  const vault = await openVault(HEX);
  const sealed = await vault.seal("secret");
  const bytes = Buffer.from(sealed.slice(4), "base64");
  bytes[14]! ^= 1;
  const other = await openVault(generateKey());
  await expect(other.open(sealed)).rejects.toThrow("cannot be opened with this encryption key");
  for (const text of [
    `ENC:${bytes.toString("base64")}`,
    "secret",
    "ENC:",
    "ENC:!",
    sealed.slice(0, 20),
    sealed.slice(4),
  ]) {
    const error = await vault.open(text).catch((thrown: unknown) => thrown);
    expect(error).toEqual(new Error("a stored secret cannot be opened with this encryption key"));
  }
});

test("a generated key is 32 random bytes", () => {
  expect(Buffer.from(generateKey(), "base64").length).toBe(32);
  expect(generateKey()).not.toBe(generateKey());
});

test("a signing key is the same for the same key and purpose, and no other's", async () => {
  const bytes = new TextEncoder().encode("signed");
  const sign = async (key: string, purpose: string) => {
    const signature = await crypto.subtle.sign("HMAC", await (await openVault(key)).signingKey(purpose), bytes);
    return Buffer.from(signature).toString("hex");
  };
  const signature = await sign(HEX, "links");
  expect(await sign(HEX, "links")).toBe(signature);
  expect(await sign(HEX, "others")).not.toBe(signature);
  expect(await sign(generateKey(), "links")).not.toBe(signature);
});
