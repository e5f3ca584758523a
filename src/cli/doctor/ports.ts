/** Whether the ports are served by the instance, or free for it, or somebody else's. */
import { once } from "node:events";
import { createServer } from "node:net";
import { reason } from "../../errors.ts";
import { about, failed, ok, type Told, type Verdict } from "./finding.ts";
import { meet } from "./meeting.ts";
import type { Machine } from "./patient.ts";
import { ownerOf } from "./port-owner.ts";

/** What was found at a port: `code` is the system's word for why it cannot be listened on. */
export type PortState =
  | { kind: "answers"; text: string }
  | { kind: "free" }
  | { kind: "silent"; fault: string }
  | { kind: "closed"; code: string; owner: string | undefined };

interface Listener {
  name: string;
  setting: string;
  port: number | undefined;
  /** Where the running process has said it listens. */
  served: number | undefined;
  /** Whether ours answers there; else why not. */
  ask(host: string, port: number, timeoutMs: number): Promise<PortState>;
}

export async function* checkPorts({ settings, record, wishes }: Machine): AsyncGenerator<Told> {
  const { smtpPort, smtpsPort } = settings;
  const listeners: Listener[] = [
    { name: "HTTP", setting: "PORT", port: settings.port, served: record?.port, ask: askHttp },
    { name: "SMTP", setting: "SMTP_PORT", port: smtpPort, served: record?.smtpPort, ask: askSmtp("greeting") },
    {
      name: "SMTP in TLS",
      setting: "SMTPS_PORT",
      port: smtpsPort,
      served: record?.smtpsPort,
      ask: askSmtp("implicit"),
    },
  ];
  for (const { name, setting, port, served, ask } of listeners) {
    const at = served ?? port;
    if (at === undefined || (at === 0 && record === undefined)) continue;
    const state = await stateAt(settings.host, at, served !== undefined, (host) => ask(host, at, wishes.timeoutMs));
    yield about(`${name} port ${at}`, judgePort(state, setting));
  }
}

/** With a process that listens it is asked; without one the port is tried, and whoever has it is asked whether it is ours (`serve`). */
async function stateAt(
  host: string,
  port: number,
  isServed: boolean,
  ask: (host: string) => Promise<PortState>,
): Promise<PortState> {
  const reached = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  if (isServed) return ask(reached);
  const code = await listeningFault(host, port);
  if (code === undefined) return { kind: "free" };
  const answer = code === "EADDRINUSE" ? await ask(reached) : undefined;
  return answer?.kind === "answers" ? answer : { kind: "closed", code, owner: ownerOf(port) };
}

export function judgePort(state: PortState, setting: string): Verdict {
  switch (state.kind) {
    case "answers":
      return ok(state.text);
    case "free":
      return ok("free for the next start");
    case "silent":
      return failed(`the process listens there, but: ${state.fault}`, "look at its log, then restart it");
    case "closed":
      return judgeClosed(state.code, state.owner, setting);
  }
}

function judgeClosed(code: string, owner: string | undefined, setting: string): Verdict {
  const other = `set MAIL_PROXY_${setting} to another one`;
  if (code === "EADDRINUSE") {
    const who = owner === undefined ? "another program" : owner;
    return failed(`taken by ${who}, which is not this instance`, `end that program, or ${other}`);
  }
  if (code === "EACCES")
    return failed("this user may not listen below port 1024", `give the program CAP_NET_BIND_SERVICE, or ${other}`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return failed(
      "this machine does not have the address of MAIL_PROXY_HOST",
      "set MAIL_PROXY_HOST to one that it has",
    );
  return failed(`it cannot be listened on (${code})`, other);
}

async function askHttp(host: string, port: number, timeoutMs: number): Promise<PortState> {
  try {
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/health`;
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const isOurs = response.ok && /"status":\s*"ok"/.test(await response.text());
    if (isOurs) return { kind: "answers", text: "answers and is well" };
    return { kind: "silent", fault: `/health is answered with HTTP ${response.status}` };
  } catch (error) {
    return { kind: "silent", fault: reason(error) };
  }
}

function askSmtp(speaks: "greeting" | "implicit"): Listener["ask"] {
  return async (host, port, timeoutMs) => {
    const { fault, greeting } = await meet({ host, port, speaks, publicOnly: false, timeoutMs });
    if (fault !== null) return { kind: "silent", fault };
    if (greeting === null || greeting.startsWith("220")) return { kind: "answers", text: "answers" };
    return { kind: "silent", fault: greeting };
  };
}

async function listeningFault(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, host), "listening");
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : reason(error);
  } finally {
    server.close();
  }
}
