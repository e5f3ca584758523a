/** The compiled binary with both its SMTP ports, one start for all tests of a file: a tenant, two accounts, a far end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { type ProxyProcess, serveWith } from "../support/binary.ts";
import { binaryUnderTest } from "../support/build.ts";
import { freePorts } from "../support/free-port.ts";
import type { Server, Tls } from "./clients.ts";
import { type FarEnd, startFarEnd } from "./far-end.ts";

export const TENANT = "shop";
export const OTHER_ACCOUNT = "newsletter";

export interface World {
  far: FarEnd;
  proxy: ProxyProcess;
  /** Where the tenant's applications send, with its key. */
  server(tls: Tls): Server;
}

const certificate = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url));

export function submissionWorld(): () => World {
  let world: World | undefined;
  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), "mail-proxy-submission-"));
    const [smtpPort = 0, smtpsPort = 0] = await freePorts(2);
    const far = await startFarEnd();
    const proxy = serveWith([binaryUnderTest()], home, {
      SMTP_PORT: String(smtpPort),
      SMTPS_PORT: String(smtpsPort),
      SMTP_TLS_CERT: certificate("localhost"),
      SMTP_TLS_KEY: certificate("localhost.key"),
      // All tests log in from one address, and some of them wrongly: nobody is kept out, or slowed down, for long.
      SMTP_MAX_FAILED_LOGINS: "1000",
      SMTP_BAN_SECONDS: "1",
      ALLOW_PRIVATE_HOSTS: "true",
    });
    const password = await prepared(proxy, far.port);
    const server = (tls: Tls): Server => {
      const port = tls === "implicit" ? smtpsPort : smtpPort;
      return { host: "localhost", port, tls, user: TENANT, password };
    };
    world = { far, proxy, server };
    return async () => {
      await proxy.stop();
      await far.close();
      rmSync(home, { recursive: true, force: true });
    };
  });
  afterAll(() => {
    world = undefined;
  });
  return () => {
    if (world === undefined) throw new Error("the proxy starts before the tests begin, not earlier");
    return world;
  };
}

/** Makes the tenant and its accounts; answers its key. */
async function prepared(proxy: ProxyProcess, port: number): Promise<string> {
  await proxy.call("POST", "/tenant", { id: TENANT });
  for (const id of ["default", OTHER_ACCOUNT])
    await proxy.call("POST", "/account", { id, tenant_id: TENANT, host: "127.0.0.1", port, use_tls: false });
  const { body } = await proxy.call("POST", `/tenant/${TENANT}/api-key`, {});
  return String(body.api_key);
}
