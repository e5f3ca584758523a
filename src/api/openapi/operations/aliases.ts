/** The aliases, described by the routes behind them. */
import * as v from "valibot";
import type { Alias } from "../../alias-calls.ts";
import { ALIASES } from "../../aliases.ts";
import {
  AccountRemoval,
  AliasBatch,
  AliasMessage,
  CleanupMessagesOf,
  CommandById,
  CommandsExported,
  CommandsListed,
  DeleteMessagesOf,
  KeyOf,
  LogPurge,
  MessageByPk,
  MessagesListed,
  TenantById,
  TenantRemoval,
  TenantUpdate,
  WhoseBatch,
  WhoseRun,
} from "../../schemas/aliases.ts";
import {
  AccountList,
  CommandList,
  Count,
  Flag,
  MessageAdded,
  MessageList,
  OneCommand,
  TenantAdded,
  TenantList,
} from "../../schemas/answers-aliases.ts";
import { Alive } from "../../schemas/answers-operations.ts";
import { id } from "../../schemas/values.ts";
import type { Operation, Operations, Query } from "../operation.ts";

/** Where fields have other names or places than at the route behind. */
const BODIES: Record<string, v.GenericSchema> = {
  "POST /messages/add": AliasMessage,
  "POST /messages/add_batch": AliasBatch,
  "POST /messages/delete": MessageByPk,
  "POST /messages/delete_batch": DeleteMessagesOf,
  "POST /messages/cleanup": CleanupMessagesOf,
  "POST /tenants/update": TenantUpdate,
  "POST /tenants/delete": TenantRemoval,
  "POST /tenants/suspend_batch": WhoseBatch,
  "POST /tenants/activate_batch": WhoseBatch,
  "POST /tenants/create_api_key": KeyOf,
  "POST /tenants/revoke_api_key": TenantById,
  "POST /accounts/delete": AccountRemoval,
  "POST /instance/run_now": WhoseRun,
  "POST /instance/suspend": WhoseBatch,
  "POST /instance/activate": WhoseBatch,
  "POST /command_log/purge": LogPurge,
};
const QUERIES: Record<string, Query> = {
  "GET /messages/list": MessagesListed,
  "GET /command_log/list": CommandsListed,
  "GET /command_log/get": CommandById,
  "GET /command_log/export": CommandsExported,
};

/** Where the answer is not the one of the route behind. */
const ANSWERS: Record<string, v.GenericSchema> = {
  "POST /messages/add": MessageAdded,
  "POST /messages/delete": Flag,
  "GET /messages/list": MessageList,
  "GET /messages/count_active": Count,
  "GET /messages/count_pending_for_tenant": Count,
  "POST /tenants/add": TenantAdded,
  "POST /tenants/delete": Flag,
  "GET /tenants/list": TenantList,
  "GET /accounts/list": AccountList,
  "GET /command_log/list": CommandList,
  "GET /command_log/get": OneCommand,
  "GET /command_log/export": CommandList,
};

export function aliasOperations(operations: Operations): Operations {
  const health: Operation = {
    id: "alias_instance_health",
    tag: "Aliases",
    summary: "As `GET /health`",
    opens: "anybody",
    answers: Alive,
  };
  const described = ALIASES.flatMap((alias) => {
    const operation = describe(alias, operations);
    return operation === undefined ? [] : [[alias.at, operation]];
  });
  return { "GET /instance/health": health, ...Object.fromEntries(described) };
}

/** Undefined where it leads to a route that is not described: a test finds it missing. */
function describe({ at, to }: Alias, operations: Operations): Operation | undefined {
  const [target = ""] = to.split("?");
  const behind = operations[routeOf(target, operations)];
  const answers = ANSWERS[at] ?? behind?.answers;
  const body = BODIES[at] ?? behind?.body;
  if (answers === undefined) return undefined;
  return {
    id: `alias_${at.replace(/^\w+ \//, "").replaceAll("/", "_")}`,
    tag: "Aliases",
    summary: `As \`${target}\``,
    opens: behind?.opens ?? "tenant",
    ...(at.startsWith("GET") ? { query: QUERIES[at] ?? queryOf(target, behind) } : {}),
    ...(body === undefined ? {} : { body }),
    answers,
    fails: [404, 409, 422],
  };
}

/** The router's name of a path that an alias writes with braces. */
function routeOf(target: string, operations: Operations): string {
  const shape = (route: string) => route.replace(/:\w+(\{[^}]*\})?|\{\w+\}/g, "*");
  return Object.keys(operations).find((route) => shape(route) === shape(target)) ?? target;
}

/** What stands in the path of the route behind stands in the query string here. */
function queryOf(target: string, behind: Operation | undefined): Query {
  const inPath = [...target.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, id] as const);
  return v.strictObject({ ...Object.fromEntries(inPath), ...behind?.query?.entries });
}
