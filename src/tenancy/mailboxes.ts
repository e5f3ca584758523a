/** Which mailboxes are to be read, by the settings of the instance and of its PEC accounts. */
import { and, eq, getTableColumns, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { accounts, tenants } from "../db/schema.ts";
import type { Vault } from "../security/vault.ts";
import type { Account } from "./accounts.ts";
import { type InstanceSettings, readInstance } from "./instance.ts";

/** RFC 8314 7.2: `imaps`, TLS from the first byte. */
const IMAPS = 993;
const IMAP = 143;

/** The account's, among all that are read. */
export const accountMailbox = (accountKey: number): string => `account:${accountKey}`;

export interface MailboxSettings {
  /** `instance`, or that of an account. */
  id: string;
  /** Whose messages its mails may speak of; null: anybody's. */
  tenantId: string | null;
  accountId: string | null;
  host: string;
  port: number;
  user: string | null;
  password: string | null;
  folder: string;
  /** TLS from the first byte. */
  ssl: boolean;
  tlsVerify: boolean;
  ca: string | null;
  /** A key of the tenant named the host: it is reached at public addresses only. */
  publicOnly: boolean;
  /** Longest wait between two looks, seconds. */
  pollInterval: number;
}

const POLL_SECONDS = 60;

export async function readMailboxes(db: Database, vault: Vault): Promise<MailboxSettings[]> {
  const [settings, pec] = await Promise.all([readInstance(db, vault), pecAccounts(db)]);
  const pollInterval = settings.bounce_poll_interval ?? POLL_SECONDS;
  const ofAccounts = pec.map((account) => ofAccount(vault, account, pollInterval));
  return [...ofInstance(settings, pollInterval), ...(await Promise.all(ofAccounts))];
}

function pecAccounts(db: Database): Promise<Account[]> {
  return db.orm
    .select(getTableColumns(accounts))
    .from(accounts)
    .innerJoin(tenants, eq(tenants.id, accounts.tenantId))
    .where(
      and(
        sql`${accounts.isPecAccount} = 1`, // not bound: else SQLite does not see that the partial index has them all
        isNotNull(accounts.imapHost),
        isNull(accounts.deletedAt),
        eq(tenants.active, true),
      ),
    );
}

function ofInstance(settings: InstanceSettings, pollInterval: number): MailboxSettings[] {
  const { bounce_enabled, bounce_imap_host: host, bounce_imap_port: port, bounce_imap_ssl: ssl } = settings;
  if (!bounce_enabled || host === undefined) return [];
  return [
    {
      id: "instance",
      tenantId: null,
      accountId: null,
      host,
      ...transport(port, ssl),
      user: settings.bounce_imap_user ?? null,
      password: settings.bounce_imap_password ?? null,
      folder: settings.bounce_imap_folder ?? "INBOX",
      tlsVerify: settings.bounce_imap_tls_verify ?? true,
      ca: settings.bounce_imap_ca ?? null,
      publicOnly: false,
      pollInterval,
    },
  ];
}

async function ofAccount(vault: Vault, account: Account, pollInterval: number): Promise<MailboxSettings> {
  const { imapPassword } = account;
  return {
    id: accountMailbox(account.key),
    tenantId: account.tenantId,
    accountId: account.id,
    host: account.imapHost ?? "",
    ...transport(account.imapPort, account.imapSsl),
    user: account.imapUser,
    // One that was sealed with another key is as good as none, and no matter of the other mailboxes.
    password: imapPassword && (await vault.open(imapPassword).catch(() => null)),
    folder: account.imapFolder ?? "INBOX",
    tlsVerify: account.imapTlsVerify ?? true,
    ca: account.imapCa,
    publicOnly: account.imapPublicOnly,
    pollInterval,
  };
}

function transport(port: number | null | undefined, ssl: boolean | null | undefined) {
  const fromTheStart = ssl ?? port !== IMAP;
  return { port: port ?? (fromTheStart ? IMAPS : IMAP), ssl: fromTheStart };
}
