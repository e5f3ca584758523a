/** Encryption as the account demands it, with certificates that are checked. */
import { expect } from "vitest";
import { EXTENSIONS, type Script, testCa } from "../../support/smtp-server.ts";
import { openTenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

const OFFERS = ["STARTTLS", "AUTH PLAIN", ...EXTENSIONS];
const MODES: Record<"starttls" | "implicit", Script> = {
  starttls: { extensions: OFFERS },
  implicit: { extensions: OFFERS, tls: "implicit" },
};

export function tls({ proxy, promise }: Promises): void {
  for (const [mode, smtp] of Object.entries(MODES)) {
    promise(
      `${mode}: a message goes out encrypted, to a server that the account's own authority vouches for`,
      () => encrypted({ tls: mode, ca: testCa }, smtp),
      { needs: "own certificates", instead: () => refused({ tls: mode, ca: testCa }, "ca") },
    );

    promise(`${mode}: a certificate that nobody vouches for pauses the account, and no login is said`, async () => {
      const tenant = await openTenant(proxy, { smtp });
      await tenant.saveAccount({ tls: mode, user: "user", password: "pass-phrase-for-nobody" });
      await tenant.queue({ id: "m1" });
      const { last_error } = await tenant.untilAccountIs("paused");
      expect(last_error).toMatch(/^(tls|connect): /);
      expect(tenant.server.lines.filter((line) => !/^(EHLO|STARTTLS)/.test(line))).toEqual([]);
      expect(await tenant.message("m1")).toMatchObject({ status: "pending", attempts: 0 });
    });
  }

  promise(
    "an account with `tls_verify: false` takes any certificate",
    () => encrypted({ tls: "starttls", tls_verify: false }, { extensions: OFFERS, certificate: "elsewhere" }),
    {
      needs: "own certificates",
      instead: () => refused({ tls: "starttls", tls_verify: false }, "tls_verify"),
    },
  );

  async function encrypted(account: object, smtp: Script): Promise<void> {
    const tenant = await openTenant(proxy, { smtp });
    expect(await tenant.saveAccount(account)).toMatchObject({ status: 200 });
    await tenant.queue({ id: "m1" });
    await tenant.untilTaken(1);
    expect(tenant.server.connections.map(({ secure }) => secure)).toEqual([true]);
  }

  /** Where it cannot be had it is said when the account is saved, not when its first message fails. */
  async function refused(account: object, field: string): Promise<void> {
    const tenant = await openTenant(proxy);
    const { status, body } = await tenant.saveAccount(account);
    expect({ status, ...body }).toMatchObject({
      status: 422,
      code: "validation_failed",
      details: [{ path: field, message: expect.stringMatching(/\w/) }],
    });
  }
}
