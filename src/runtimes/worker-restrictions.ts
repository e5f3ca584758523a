/** What Workers cannot do, said before it is tried, and what their sockets mean when a connection fails; all of it pure. */
import type { Config } from "../config.ts";
import type { Restrictions, ServerSettings } from "../ports.ts";
import { belongsTo, hostFault } from "../security/hosts.ts";
import { SANDBOX_HOST } from "../tenancy/sandbox.ts";

/** RFC 5321 4.5.4.2: where servers take mail from other servers. Cloudflare lets no Worker connect to it. */
const RELAY_PORT = 25;

/** Cloudflare's own addresses: those it publishes (https://www.cloudflare.com/ips), and more of its networks. */
const CLOUDFLARE_NETWORKS = [
  ...["103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "104.16.0.0/13", "104.24.0.0/14", "108.162.192.0/18"],
  ...["131.0.72.0/22", "141.101.64.0/18", "162.158.0.0/15", "172.64.0.0/13", "173.245.48.0/20", "188.114.96.0/20"],
  ...["190.93.240.0/20", "197.234.240.0/22", "198.41.128.0/17"],
  ...["2400:cb00::/32", "2405:8100::/32", "2405:b500::/32", "2606:4700::/32", "2803:f800::/32", "2a06:98c0::/29"],
  "2c0f:f248::/32",
];
const CLOUDFLARE_DOMAINS = ["cloudflare.net", "cloudflare.com", "workers.dev", "pages.dev"];

const RUN_THE_BINARY = "run the binary for this account";

export const workerRestrictions: Restrictions = {
  accountFault,
  explain,
  filesFault: "needs a file system, which Workers do not have",
};

function accountFault({
  host,
  port,
  tlsVerify,
  ca,
  suppressSend,
}: ServerSettings): ReturnType<Restrictions["accountFault"]> {
  if (suppressSend) return undefined;
  if (host === SANDBOX_HOST)
    return { field: "host", reason: "is the sandbox, which Workers do not have: name an SMTP server" };
  if (host !== undefined && belongsTo(host, CLOUDFLARE_NETWORKS, CLOUDFLARE_DOMAINS))
    return { field: "host", reason: `is Cloudflare's own, which Workers cannot connect to: ${RUN_THE_BINARY}` };
  if (port === RELAY_PORT)
    return { field: "port", reason: "is 25, which Workers cannot connect to: use port 587 or 465" };
  // workerd verifies every certificate against public roots, and lets nobody choose others.
  if (tlsVerify === false)
    return { field: "tls_verify", reason: `cannot be false on Workers, which verify: ${RUN_THE_BINARY}` };
  if (ca != null)
    return { field: "ca", reason: `cannot be chosen on Workers, which trust public roots: ${RUN_THE_BINARY}` };
  return undefined;
}

/** workerd's words (https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/#troubleshooting), and what they mean. */
const MEANINGS: readonly (readonly [words: string, meaning: string])[] = [
  [
    "cannot connect to the specified address",
    "no connection: the name has no address, the server refuses, or its address is Cloudflare's own, which Workers cannot connect to",
  ],
  // Ours, where a tenant named the host (smtp/connection.ts).
  [
    "cannot be reached at a public address",
    "the host cannot be reached at a public address other than Cloudflare's own, which Workers cannot connect to",
  ],
  ["port 25 are prohibited", "Workers cannot connect to port 25: use port 587 or 465"],
  ["TCP Loop detected", "the host leads back to this Worker"],
];

function explain(error: string, host: string): string {
  if (hostFault(host) !== undefined) return `${error} (deployed Workers reach public addresses only)`;
  return MEANINGS.find(([words]) => error.includes(words))?.[1] ?? error;
}

/** Why the Worker cannot run with these settings, beginning with the name of one; undefined where it can. */
export function settingsFault({ sandbox }: Config): string | undefined {
  if (!sandbox) return undefined;
  return "MAIL_PROXY_SANDBOX cannot be true on Workers, which have no sandbox: leave it out, or run the binary";
}
