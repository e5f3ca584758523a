/** What a start prints: where the proxy and its dashboard are, the token when it is new, in the sandbox a curl to paste, else the next step. */
import { homedir } from "node:os";
import { fileOf, type Instance } from "./home.ts";
import type { Prepared } from "./settings.ts";
import { versionText } from "./version.ts";

/** Where it listens. */
export interface At {
  url: string;
  smtpPort?: number | undefined;
  smtpsPort?: number | undefined;
}

export function welcome(instance: Instance, { config, token }: Prepared, { url, smtpPort, smtpsPort }: At): string {
  const tokenFile = shellPath(fileOf(instance, "token"));
  /** Behind the `#` it is in nobody's log: a browser keeps that to itself. */
  const withToken = token === "new" ? `#token=${config.apiToken}` : "";
  const lines = [`${versionText()} is ready: ${url}`, ""];
  if (token === "new") lines.push(`  Admin token    ${config.apiToken}   (shown once, kept in ${tokenFile})`);
  if (config.dashboard) lines.push(`  Dashboard      ${url}/dashboard${withToken}`);
  if (smtpPort !== undefined) lines.push(`  SMTP           port ${smtpPort}`);
  if (smtpsPort !== undefined) lines.push(`  SMTP in TLS    port ${smtpsPort}`);
  if (config.sandbox) {
    const inShell = { new: config.apiToken, stored: `$(cat ${tokenFile})`, given: "$MAIL_PROXY_API_TOKEN" }[token];
    lines.push(`  Sandbox inbox  ${url}${config.dashboard ? `/dashboard/inbox${withToken}` : "/inbox"}`, "");
    lines.push("Send a first mail:", "", firstMail(url, inShell));
  } else if (token === "new") {
    lines.push("", `Next, at any terminal: mail-proxy ${instance.name} tenants add`);
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** Each paste sends another mail, since its id is the second in which it was pasted. */
function firstMail(url: string, token: string): string {
  return `curl ${url}/commands/add-messages \\
  -H "X-API-Token: ${token}" -H "Content-Type: application/json" \\
  -d '{"messages": [{"id": "hello-'$(date +%s)'", "tenant_id": "default", "from": "Ann <ann@example.com>",
       "to": "Bob <bob@example.com>", "subject": "Hello, Bob", "body": "It works."}]}'`;
}

/** As short as a shell takes it unquoted, else quoted. */
function shellPath(path: string): string {
  const short = path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;
  return /^[\w./~@+-]+$/.test(short) ? short : `'${path.replaceAll("'", "'\\''")}'`;
}
