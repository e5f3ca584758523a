/**
 * Meets a server without a word of ours beyond what TLS needs: connects, reads an SMTP greeting, upgrades, looks at the
 * certificate, and hangs up. Whatever goes wrong is a text.
 */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { reason } from "../../errors.ts";
import { guardedLookup } from "../../runtimes/guarded-lookup.ts";
import { addressFault } from "../../security/hosts.ts";
import type { Certificate } from "./certificate.ts";

export interface Address {
  host: string;
  port: number;
  /** `greeting`: what SMTP says first, and no TLS; `none`: the connection alone. */
  speaks: "none" | "greeting" | "starttls" | "implicit";
  /** PEM, to trust beside the usual roots. */
  ca?: string | undefined;
  /** A tenant named the host: it is met at a public address, or not at all. */
  publicOnly: boolean;
  ehloName?: string;
  timeoutMs: number;
}

export interface Meeting {
  /** Why it went no further. */
  fault: string | null;
  /** What an SMTP server said first. */
  greeting: string | null;
  certificate: Certificate | null;
}

export async function meet(address: Address): Promise<Meeting> {
  const signal = AbortSignal.timeout(address.timeoutMs);
  const met: Meeting = { fault: null, greeting: null, certificate: null };
  const refused = address.publicOnly && net.isIP(address.host) !== 0 ? addressFault(address.host) : undefined;
  if (refused !== undefined) return { ...met, fault: `its address ${refused}` };
  const guard = address.publicOnly ? guardedLookup(addressFault) : undefined;
  const socket = net.connect({ host: address.host, port: address.port, ...(guard && { lookup: guard.lookup }) });
  try {
    await once(socket, "connect", { signal });
    await speak(socket, address, met, signal);
    return met;
  } catch (error) {
    const late = `no answer within ${address.timeoutMs / 1000} s`;
    return { ...met, fault: signal.aborted ? late : reason(guard?.refusal ?? error) };
  } finally {
    socket.destroy();
  }
}

async function speak(socket: net.Socket, address: Address, met: Meeting, signal: AbortSignal): Promise<void> {
  const { speaks, ehloName = "localhost" } = address;
  if (speaks === "none") return;
  if (speaks !== "implicit") met.greeting = await reply(socket, signal);
  if (speaks === "greeting") return;
  if (speaks === "starttls") {
    socket.write(`EHLO ${ehloName}\r\n`);
    await reply(socket, signal);
    socket.write("STARTTLS\r\n"); // RFC 3207 4
    const answer = await reply(socket, signal);
    if (!answer.startsWith("220")) throw new Error(`it refuses STARTTLS: ${answer}`);
  }
  met.certificate = await secured(socket, address, signal);
}

/** RFC 5321 4.2: the last line of a reply has a space, or nothing, behind its code. */
const LAST_LINE = /^\d{3}(?: [^\r\n]*)?\r?\n/m;
const LONGEST_REPLY = 64 * 1024;

function reply(socket: net.Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const end = (fault: Error | undefined) => {
      socket.off("data", read).off("close", gone);
      signal.removeEventListener("abort", late);
      const line = LAST_LINE.exec(text)?.[0].trim();
      if (fault === undefined && line !== undefined) resolve(line);
      else reject(fault ?? new Error("its reply is none"));
    };
    const read = (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (LAST_LINE.test(text) || text.length > LONGEST_REPLY) end(undefined);
    };
    const gone = () => end(new Error("it hangs up"));
    const late = () => end(new Error("it says nothing"));
    socket.on("data", read).on("close", gone);
    signal.addEventListener("abort", late);
  });
}

async function secured(socket: net.Socket, { host, ca }: Address, signal: AbortSignal): Promise<Certificate> {
  const named = net.isIP(host) === 0 ? { servername: host } : {}; // RFC 6066 3: no server name for an address
  // Whatever it shows is looked at, since to judge it is the point; nothing is said over this connection.
  const secure = tls.connect({ socket, host, ...named, ...(ca !== undefined && { ca }), rejectUnauthorized: false });
  socket.on("error", (error) => secure.destroy(error));
  await once(secure, "secureConnect", { signal });
  const shown = secure.getPeerCertificate();
  const isForeign = tls.checkServerIdentity(host, shown) !== undefined;
  const distrust = secure.authorized ? null : `is not trusted (${secure.authorizationError})`;
  return {
    validFrom: Date.parse(shown.valid_from),
    validTo: Date.parse(shown.valid_to),
    fault: isForeign ? `is not one for ${host}` : distrust,
    protocol: secure.getProtocol(),
  };
}
