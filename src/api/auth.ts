/** Who calls, and whose affairs the call may touch: the admin's token opens everything, a tenant's key its own tenant. */
import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import { findTenant, listTenants, unknownTenant } from "../tenancy/tenants.ts";
import type { Env, Visitor } from "./env.ts";
import type { Service } from "./service.ts";
import { invalidField } from "./validation.ts";

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * The token that a call presents; what it opens is to be seen (`identify`). Of a visitor its hash stands for it. Throws AppError
 * where there is none.
 */
export function presentedToken(c: Context<Env>): string {
  const token = visitorOf(c)?.tokenHash ?? tokenOf(c);
  if (token === undefined) throw unauthorized();
  return token;
}

/** A call out of this process alone brings one: what comes in from outside is given no bindings. */
function visitorOf(c: Context<Env>): Visitor | undefined {
  return (c.env as Env["Bindings"] | undefined)?.visitor;
}

export function tokenOf(c: Context<Env>): string | undefined {
  return c.req.header("X-API-Token") ?? BEARER.exec(c.req.header("Authorization") ?? "")?.[1];
}

/** How new the knowledge must be that a token is held against (tenancy/directory.ts). */
export type Trust = "recent" | "remembered";

/** Who presents the token: `c.get("caller")` from here on. Throws AppError where it opens nothing. */
export async function identify(c: Context<Env>, service: Service, token: string, trust: Trust): Promise<void> {
  const { directory, adminTokenHash, now } = service;
  const caller = visitorOf(c)?.caller ?? (await directory.identify(adminTokenHash, token, now(), trust));
  if (caller === undefined) throw unauthorized();
  c.set("caller", caller);
  c.set("tenantId", caller.kind === "tenant" ? caller.tenantId : null);
}

/** The tenant's key that let the caller in, by its hash; undefined for the admin. */
export function presentedKey(c: Context<Env>, { directory }: Pick<Service, "directory">) {
  const caller = c.get("caller");
  if (caller.kind === "admin") return undefined;
  return { tenantId: caller.tenantId, hash: visitorOf(c)?.tokenHash ?? directory.hash(presentedToken(c)) };
}

export function unauthorized(): AppError {
  return new AppError("unauthorized", "a valid X-API-Token or Authorization: Bearer is needed");
}

export const adminOnly: MiddlewareHandler<Env> = async (c, next) => {
  if (c.get("caller").kind !== "admin") throw new AppError("forbidden", "only the admin token opens this");
  await next();
};

export function isAdmin(c: Context<Env>): boolean {
  return c.get("caller").kind === "admin";
}

/** Whose affairs a call is about: a key's own tenant, whatever it leaves out; the admin's choice, or everybody's (undefined). */
export function tenantScope(c: Context<Env>, named: string | undefined): string | undefined {
  const caller = c.get("caller");
  const scope = caller.kind === "tenant" ? caller.tenantId : named;
  if (named !== undefined && named !== scope) throw new AppError("forbidden", "this key opens only its own tenant");
  c.set("tenantId", scope ?? null);
  return scope;
}

/** As `tenantScope`, for what concerns exactly one tenant that exists; the only one where the admin names none. */
export async function oneTenant(c: Context<Env>, { db }: Service, named: string | undefined): Promise<string> {
  const scope = tenantScope(c, named);
  if (c.get("caller").kind === "tenant" && scope !== undefined) return scope;
  if (scope !== undefined) {
    if ((await findTenant(db, scope)) === undefined) throw unknownTenant(scope);
    return scope;
  }
  const [only, another] = await listTenants(db);
  if (only === undefined) throw new AppError("not_found", "there is no tenant");
  if (another !== undefined) throw invalidField("tenant_id", "is required: there is more than one tenant");
  c.set("tenantId", only.id);
  return only.id;
}
