/** The routes of SMTP accounts, described. */
import { AccountInput } from "../../schemas/account.ts";
import { AccountDeleted, AccountPage, AccountSaved, AccountTested, OneAccount } from "../../schemas/answers-tenancy.ts";
import { DeletionQuery, NoQuery, PauseQuery, TenantQuery } from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

export const accountOperations: Operations = {
  "POST /account": {
    id: "saveAccount",
    tag: "Accounts",
    summary: "Create or update an account",
    description:
      "Absent fields keep their value, null clears, secrets included; a new account has the defaults and needs a `host`. Saving ends a pause after a fault. A tenant's key names public hosts only.",
    opens: "tenant",
    query: NoQuery,
    body: AccountInput,
    examples: {
      "with a login": {
        id: "default",
        tenant_id: "shop",
        host: "smtp.example.com",
        port: 587,
        user: "shop",
        password: "correct horse",
        tls: "starttls",
        from_address: "Shop <shop@example.com>",
        limit_per_hour: 500,
      },
    },
    answers: AccountSaved,
    fails: [404],
  },
  "GET /accounts": {
    id: "listAccounts",
    tag: "Accounts",
    summary: "List accounts",
    opens: "tenant",
    query: TenantQuery,
    answers: AccountPage,
  },
  "GET /account/:id": {
    id: "getAccount",
    tag: "Accounts",
    summary: "Look at one account and its health",
    opens: "tenant",
    query: TenantQuery,
    answers: OneAccount,
    fails: [409],
  },
  "DELETE /account/:id": {
    id: "deleteAccount",
    tag: "Accounts",
    summary: "Delete an account",
    description: "Refused with 409 while messages wait for it, unless `force`, which fails them.",
    opens: "tenant",
    query: DeletionQuery,
    answers: AccountDeleted,
    fails: [409],
  },
  "POST /account/:id/resume": {
    id: "resumeAccount",
    tag: "Accounts",
    summary: "End an account's pause",
    opens: "tenant",
    query: TenantQuery,
    answers: OneAccount,
    fails: [409],
  },
  "POST /account/:id/pause": {
    id: "pauseAccount",
    tag: "Accounts",
    summary: "Pause an account by hand",
    description:
      "Nothing more of its mail is taken up before `until`, or before it is resumed; what is being sent is finished. Saving the account and a passed test leave it paused.",
    opens: "tenant",
    query: PauseQuery,
    answers: OneAccount,
    fails: [409],
  },
  "POST /account/:id/test": {
    id: "testAccount",
    tag: "Accounts",
    summary: "Connect and log in as the account would",
    description:
      "Tells each step and how long it took; `ok` is whether the last one went well, which also ends a pause after a fault. Nothing is sent. One test at a time for each tenant: 409.",
    opens: "tenant",
    query: TenantQuery,
    answers: AccountTested,
    fails: [409],
  },
};
