/** Asks for a new account field by field, as `accounts add` does at a terminal where nothing was given. */
import { AccountInput } from "../api/schemas/account.ts";
import { SANDBOX_HOST } from "../tenancy/sandbox.ts";
import { asked, askedSecret, chosen } from "./ask.ts";
import { asNumber, faultOf } from "./flags.ts";

const { host, port, user, password, from_address } = AccountInput.entries;

const TLS_MODES = [
  { value: "starttls", hint: "STARTTLS, required" },
  { value: "implicit", hint: "TLS from the first byte" },
  { value: "opportunistic", hint: "STARTTLS where the server offers it" },
  { value: "none", hint: "never" },
] as const;

/** RFC 8314 3.3 and RFC 6409 3.1: 465 begins with TLS, 587 upgrades; what listens elsewhere is unknown. */
const USUAL_TLS: Record<string, (typeof TLS_MODES)[number]["value"]> = { 465: "implicit", 587: "starttls" };

/** The account's fields by the API's names, without its id. */
export async function walkThroughAccount(standardHost: string | undefined): Promise<Record<string, unknown>> {
  const server = await asked({
    label: "SMTP server",
    standard: standardHost,
    fault: (answer) => (answer === "" ? "something is needed here" : faultOf(host, answer)),
  });
  if (server === SANDBOX_HOST) return { host: server, port: 25, tls: "none", ...(await sender(undefined)) };
  const at = await asked({
    label: "Port",
    standard: "587",
    fault: (answer) => faultOf(port, asNumber(answer)),
  });
  const tls = await chosen("Encryption", TLS_MODES, USUAL_TLS[at] ?? "opportunistic");
  const login = await asked({ label: "User (Enter for none)", fault: (answer) => optional(user, answer) });
  return { host: server, port: Number(at), tls, ...(await secret(login)), ...(await sender(login)) };
}

async function secret(login: string): Promise<Record<string, string>> {
  if (login === "") return {};
  return {
    user: login,
    password: await askedSecret({ label: `Password of ${login}`, fault: (answer) => faultOf(password, answer) }),
  };
}

/** Mostly one logs in by the address from which one sends. */
async function sender(login: string | undefined): Promise<Record<string, string>> {
  const standard = login?.includes("@") && faultOf(from_address, login) === undefined ? login : undefined;
  const address = await asked({
    label: standard === undefined ? "From address (Enter for none)" : "From address",
    standard,
    fault: (answer) => optional(from_address, answer),
  });
  return address === "" ? {} : { from_address: address };
}

function optional(schema: Parameters<typeof faultOf>[0], answer: string): string | undefined {
  return answer === "" ? undefined : faultOf(schema, answer);
}
