/** Asks for a new tenant field by field, as `tenants add` does at a terminal where nothing was given. */
import { TenantInput } from "../api/schemas/tenant.ts";
import { DEFAULT_SYNC_PATH } from "../db/schema.ts";
import { asked, askedSecret, chosen } from "./ask.ts";
import { faultOf } from "./flags.ts";
import type { AUTH_METHODS } from "./tenant-flags.ts";

type Fields = Record<string, unknown>;

const { name, client_base_url, client_sync_path, client_auth } = TenantInput.entries;

const METHODS: readonly { value: (typeof AUTH_METHODS)[number]; hint: string }[] = [
  { value: "none", hint: "anybody may post there" },
  { value: "bearer", hint: "Authorization: Bearer TOKEN" },
  { value: "basic", hint: "user and password" },
  { value: "header", hint: "a token in a header of your choice" },
];

/** The tenant's fields by the API's names, without its id. */
export async function walkThroughTenant(id: string): Promise<Fields> {
  const called = await asked({ label: "Name, for people", standard: id, fault: (answer) => faultOf(name, answer) });
  const url = await asked({
    label: "URL of the application, for its reports (Enter for none)",
    fault: (answer) => (answer === "" ? undefined : faultOf(client_base_url, answer)),
  });
  if (url === "") return { name: called };
  const path = await asked({
    label: "Path of its report endpoint",
    standard: DEFAULT_SYNC_PATH,
    fault: (answer) => faultOf(client_sync_path, answer),
  });
  const method = await chosen("How the proxy logs in there", METHODS, "bearer");
  return {
    name: called,
    client_base_url: url,
    client_sync_path: path,
    client_auth: { method, ...(await credentials(method)) },
  };
}

async function credentials(method: (typeof AUTH_METHODS)[number]): Promise<Fields> {
  const user = async () => ({ user: await needed("user", "User") });
  const header = async () => ({ header: await needed("header", "Name of the header") });
  const secret = async (field: "token" | "password", label: string) => ({ [field]: await hidden(field, label) });
  if (method === "bearer") return secret("token", "Token");
  if (method === "basic") return { ...(await user()), ...(await secret("password", "Password")) };
  if (method === "header") return { ...(await header()), ...(await secret("token", "Token")) };
  return {};
}

function needed(field: "user" | "header", label: string): Promise<string> {
  return asked({ label, fault: (answer) => authFault(field, answer) });
}

function hidden(field: "token" | "password", label: string): Promise<string> {
  return askedSecret({ label, fault: (answer) => authFault(field, answer) });
}

function authFault(field: string, answer: string): string | undefined {
  if (answer === "") return "something is needed here";
  return faultOf(client_auth, { [field]: answer });
}
