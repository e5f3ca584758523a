/** SMTP accounts: saved, listed, looked at, deleted. */
import { type Context, Hono } from "hono";
import { AppError } from "../errors.ts";
import { failWaiting } from "../queue/remove.ts";
import { hostFault } from "../security/hosts.ts";
import { type Account, findAccount, listAccounts, unknownAccount } from "../tenancy/accounts.ts";
import { upsertAccount } from "../tenancy/accounts-save.ts";
import { deleteAccount } from "../tenancy/removal.ts";
import { SANDBOX_HOST } from "../tenancy/sandbox.ts";
import { accountUsage, NO_USAGE } from "../tenancy/usage.ts";
import { type AccountView, accountView } from "../tenancy/views.ts";
import { isAdmin, oneTenant, tenantScope } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { answer, type Env } from "./env.ts";
import { AccountInput } from "./schemas/account.ts";
import { DeletionQuery, NoQuery, TenantQuery } from "./schemas/queries.ts";
import type { Service } from "./service.ts";
import { invalidField, validated } from "./validation.ts";

export function accountRoutes(service: Service): Hono<Env> {
  const { config, db, directory, engine, now, vault } = service;
  const app = new Hono<Env>();

  app.post("/account", validated("query", NoQuery), jsonBody, validated("json", AccountInput), async (c) => {
    const { tenant_id, ...patch } = c.req.valid("json");
    const tenantId = await oneTenant(c, service, tenant_id ?? undefined);
    const [stored] = await accountsOf(db, tenantId, patch.id);
    checkRestrictions(service, stored, patch);
    checkHosts(service, stored, patch, isAdmin(c));
    if (!isAdmin(c) && stored !== undefined) checkSecrets(stored, patch);
    const public_only = !isAdmin(c) && !config.allowPrivateHosts;
    const { key, created } = await upsertAccount(db, vault, tenantId, { ...patch, public_only }, now());
    directory.invalidate();
    engine.accountChanged(key);
    const [saved] = await views(service, await accountsOf(db, tenantId, patch.id));
    return answer(c, { created, ...saved });
  });

  app.get("/accounts", validated("query", TenantQuery), async (c) => {
    const tenantId = tenantScope(c, c.req.valid("query").tenant_id);
    return answer(c, { accounts: await views(service, await listAccounts(db, tenantId)) });
  });

  app.get("/account/:id", validated("query", TenantQuery), async (c) => {
    const [view] = await views(service, [await namedAccount(c, service, c.req.valid("query").tenant_id)]);
    return answer(c, { ...view });
  });

  app.delete("/account/:id", validated("query", DeletionQuery), async (c) => {
    const { tenant_id, force = false } = c.req.valid("query");
    const { tenantId, id } = await namedAccount(c, service, tenant_id);
    const key = await deleteAccount(db, tenantId, id, { force }, now());
    directory.invalidate();
    const failed = await failWaiting(db, key, "account deleted", now(), config.retentionSeconds * 1000);
    engine.accountChanged(key);
    if (failed > 0) engine.report(tenantId);
    return answer(c, { id, tenant_id: tenantId, failed_messages: failed });
  });

  return app;
}

async function accountsOf(db: Service["db"], tenantId: string, id: string): Promise<Account[]> {
  const account = await findAccount(db, tenantId, id);
  return account === undefined ? [] : [account];
}

/** The account in the path; the admin must say whose it is where several tenants have one under that id. */
export async function namedAccount(
  c: Context<Env, "/account/:id" | `/account/:id/${"pause" | "resume" | "test"}`>,
  { db }: Service,
  named: string | undefined,
): Promise<Account> {
  const id = c.req.param("id");
  const tenantId = tenantScope(c, named);
  const found =
    tenantId === undefined
      ? (await listAccounts(db)).filter((account) => account.id === id)
      : await accountsOf(db, tenantId, id);
  const [account, another] = found;
  if (another !== undefined)
    throw new AppError("conflict", "several tenants have an account under this id: name the tenant_id");
  if (account === undefined)
    throw tenantId === undefined
      ? new AppError("not_found", `there is no account ${id}`)
      : unknownAccount(tenantId, id);
  c.set("tenantId", account.tenantId);
  return account;
}

export async function views({ db, now, restrictions }: Service, accounts: readonly Account[]): Promise<AccountView[]> {
  const at = now();
  const keys = accounts.map(({ key }) => key);
  const usage = await accountUsage(db, keys, at);
  return accounts.map((account) => {
    const view = accountView(account, usage.get(account.key) ?? NO_USAGE, at);
    // Only seen from here: another process on the same database may well send through it.
    const fault = restrictions?.accountFault(account);
    if (fault === undefined) return view;
    const last_error = `${fault.field} ${fault.reason}`;
    return { ...view, state: "paused", paused_by: "platform", paused_until: null, last_error, last_error_ts: null };
  });
}

type Changes = Omit<AccountInput, "id" | "tenant_id">;

/** Nothing comes in that this runtime could not send through; what stands there already may be changed in all else. */
function checkRestrictions({ restrictions }: Service, stored: Account | undefined, changes: Changes): void {
  const { host, port, tls_verify: tlsVerify, ca, suppress_send = stored?.suppressSend } = changes;
  const named = { host, port, tlsVerify, ca, suppressSend: suppress_send ?? false };
  // With suppression ends what let the account stand there: all of it counts, whatever is changed.
  const kept = stored?.suppressSend ? stored : {};
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  const fault = restrictions?.accountFault({ ...kept, ...given });
  if (fault !== undefined) throw invalidField(fault.field, fault.reason);
}

/** A tenant reaches public hosts alone, so that nobody reaches into the operator's network; the sandbox is the admin's. */
function checkHosts({ config, inbox }: Service, stored: Account | undefined, changes: Changes, admin: boolean): void {
  if (changes.host === SANDBOX_HOST) {
    if (!admin) throw invalidField("host", "sandbox is for the admin token alone");
    if (inbox === undefined) throw invalidField("host", "sandbox needs the setting SANDBOX");
  }
  if (admin || config.allowPrivateHosts) return;
  // Another port of a host is another place: a tenant chooses none of a host that it could not name.
  const named = {
    host: changes.host ?? (changes.port === undefined ? undefined : stored?.host),
    imap_host: changes.imap_host ?? (changes.imap_port === undefined ? undefined : stored?.imapHost),
  };
  for (const [field, host] of Object.entries(named)) {
    const fault = host == null ? undefined : hostFault(host);
    if (fault !== undefined) throw invalidField(field, fault);
  }
}

/** A tenant's key cannot send a secret that it does not know to a server of its choice: with a new place comes the secret. */
function checkSecrets(stored: Account, changes: Changes): void {
  const differs = (given: unknown, kept: unknown) => given !== undefined && given !== kept;
  const smtp =
    differs(changes.host, stored.host) ||
    differs(changes.port, stored.port) ||
    differs(changes.tls, stored.tls) ||
    differs(changes.use_tls, stored.tls !== "none") ||
    differs(changes.tls_verify, stored.tlsVerify) ||
    differs(changes.ca, stored.ca);
  if (smtp && stored.password !== null && changes.password === undefined)
    throw invalidField("password", "must be sent again with another host, port or TLS");
  const imap =
    differs(changes.imap_host, stored.imapHost) ||
    differs(changes.imap_port, stored.imapPort) ||
    differs(changes.imap_ssl, stored.imapSsl) ||
    differs(changes.imap_tls_verify, stored.imapTlsVerify) ||
    differs(changes.imap_ca, stored.imapCa);
  if (imap && stored.imapPassword !== null && changes.imap_password === undefined)
    throw invalidField("imap_password", "must be sent again with another host, port or TLS");
}
