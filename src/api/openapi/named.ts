/** The schemas that the document names: each stands in it once, and others refer to it. */
import type * as v from "valibot";
import { AccountInput } from "../schemas/account.ts";
import {
  AccountRemoval,
  AliasBatch,
  AliasMessage,
  CleanupMessagesOf,
  DeleteMessagesOf,
  KeyOf,
  LogPurge,
  MessageByPk,
  TenantById,
  TenantRemoval,
  TenantUpdate,
  WhoseBatch,
  WhoseRun,
} from "../schemas/aliases.ts";
import { Done, Failure } from "../schemas/answers.ts";
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
} from "../schemas/answers-aliases.ts";
import { BounceRead } from "../schemas/answers-bounces.ts";
import { EmailsTaken, EmailTaken } from "../schemas/answers-emails.ts";
import {
  EmailChanged,
  EmailEvent,
  EmailEvents,
  EmailInsights,
  EmailList,
  ListedEmail,
  OneEmail,
} from "../schemas/answers-emails-read.ts";
import { Attention, Figures, Overview } from "../schemas/answers-figures.ts";
import {
  MessageChanged,
  MessageEvent,
  MessagePage,
  MessagesAdded,
  MessagesCleaned,
  MessagesDeleted,
  OneMessage,
  Payload,
  Preview,
  StoredMessage,
} from "../schemas/answers-messages.ts";
import {
  Alive,
  CommandPage,
  CommandsPurged,
  EffectiveSetting,
  EffectiveSettings,
  InboxEmptied,
  InboxMail,
  InboxPage,
  Instance,
  LoggedCommand,
  MailboxesReloaded,
  Ready,
  Status,
  Suspension,
} from "../schemas/answers-operations.ts";
import {
  Suppression,
  SuppressionPage,
  SuppressionsAdded,
  SuppressionsRemoved,
} from "../schemas/answers-suppressions.ts";
import {
  Account,
  AccountDeleted,
  AccountPage,
  AccountSaved,
  AccountTested,
  ApiKeyMade,
  OneAccount,
  OneTenant,
  SyncStatus,
  Tenant,
  TenantNamed,
  TenantPage,
  TenantSaved,
  WebhookSecretMade,
} from "../schemas/answers-tenancy.ts";
import {
  AttemptPage,
  DeliveriesReplayed,
  Delivery,
  DeliveryPage,
  DeliveryQueued,
  OneDelivery,
  OneWebhook,
  Webhook,
  WebhookChanged,
  WebhookDeleted,
  WebhookMade,
  WebhookPage,
} from "../schemas/answers-webhooks.ts";
import { Attachment } from "../schemas/attachment.ts";
import { Email, EmailBatch } from "../schemas/email.ts";
import { EmailAttachment } from "../schemas/email-attachment.ts";
import { EmailChanges } from "../schemas/emails-read.ts";
import { InstanceChanges } from "../schemas/instance.ts";
import { bareAddress, mailbox, mailboxes, mailboxText } from "../schemas/mailboxes.ts";
import { Message, MessageBatch } from "../schemas/message.ts";
import { CleanupMessages, DeleteMessages } from "../schemas/queries.ts";
import { SuppressionEntry, SuppressionInput, SuppressionRemoval } from "../schemas/suppressions.ts";
import { ApiKeyInput, TenantChanges, TenantInput, WebhookSecretInput } from "../schemas/tenant.ts";
import { moment, priority } from "../schemas/values.ts";
import { ReplayRange, SecretRotation, WebhookChanges, WebhookInput } from "../schemas/webhook.ts";

export const NAMED: Record<string, v.GenericSchema> = {
  // Values that many requests share.
  Moment: moment,
  Priority: priority,
  Mailbox: mailbox,
  Mailboxes: mailboxes,
  MailboxText: mailboxText,
  BareAddress: bareAddress,
  // What requests carry.
  MessageBatch,
  Message,
  Attachment,
  DeleteMessages,
  CleanupMessages,
  Email,
  EmailBatch,
  EmailAttachment,
  EmailChanges,
  AccountInput,
  TenantInput,
  TenantChanges,
  ApiKeyInput,
  WebhookSecretInput,
  InstanceChanges,
  SuppressionInput,
  SuppressionEntry,
  SuppressionRemoval,
  WebhookInput,
  WebhookChanges,
  SecretRotation,
  ReplayRange,
  // What answers hold.
  Failure,
  Done,
  MessagesAdded,
  StoredMessage,
  Payload,
  Preview,
  MessageEvent,
  MessagePage,
  OneMessage,
  MessageChanged,
  MessagesDeleted,
  MessagesCleaned,
  EmailTaken,
  EmailsTaken,
  OneEmail,
  ListedEmail,
  EmailList,
  EmailEvent,
  EmailEvents,
  EmailChanged,
  EmailInsights,
  Account,
  AccountPage,
  OneAccount,
  AccountSaved,
  AccountDeleted,
  AccountTested,
  Tenant,
  TenantPage,
  OneTenant,
  TenantSaved,
  TenantNamed,
  ApiKeyMade,
  WebhookSecretMade,
  SyncStatus,
  Suspension,
  BounceRead,
  Suppression,
  SuppressionPage,
  SuppressionsAdded,
  SuppressionsRemoved,
  Webhook,
  WebhookPage,
  OneWebhook,
  WebhookMade,
  WebhookChanged,
  WebhookDeleted,
  Delivery,
  DeliveryPage,
  OneDelivery,
  AttemptPage,
  DeliveryQueued,
  DeliveriesReplayed,
  Instance,
  EffectiveSetting,
  EffectiveSettings,
  MailboxesReloaded,
  LoggedCommand,
  CommandPage,
  CommandsPurged,
  Status,
  Figures,
  Attention,
  Overview,
  Alive,
  Ready,
  InboxPage,
  InboxMail,
  InboxEmptied,
  // What aliases take and answer.
  AliasMessage,
  AliasBatch,
  MessageByPk,
  DeleteMessagesOf,
  CleanupMessagesOf,
  TenantUpdate,
  TenantById,
  TenantRemoval,
  KeyOf,
  AccountRemoval,
  WhoseRun,
  WhoseBatch,
  LogPurge,
  MessageAdded,
  TenantAdded,
  MessageList,
  TenantList,
  AccountList,
  CommandList,
  OneCommand,
  Count,
  Flag,
};

const NAMES = new Map(Object.entries(NAMED).map(([name, schema]) => [schema, name]));

/** Throws where a schema has no name: that is a mistake in the description of a route. */
export function nameOf(schema: v.GenericSchema): string {
  const name = NAMES.get(schema);
  if (name === undefined) throw new Error("a schema that is described has no name in openapi/named.ts");
  return name;
}
