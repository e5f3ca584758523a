/**
 * What the API takes and answers, as types out of the very schemas that check it. The build writes them out under the same
 * names (.ci/client-types.ts), so that whoever installs the client needs neither these schemas nor Valibot.
 */
import type * as v from "valibot";
import type { AccountInput as AccountSchema } from "../api/schemas/account.ts";
import type { Done as DoneSchema, Failure as FailureSchema } from "../api/schemas/answers.ts";
import type * as bounces from "../api/schemas/answers-bounces.ts";
import type * as figures from "../api/schemas/answers-figures.ts";
import type * as messages from "../api/schemas/answers-messages.ts";
import type * as operations from "../api/schemas/answers-operations.ts";
import type * as suppressionAnswers from "../api/schemas/answers-suppressions.ts";
import type * as tenancy from "../api/schemas/answers-tenancy.ts";
import type * as webhookAnswers from "../api/schemas/answers-webhooks.ts";
import type { Attachment as AttachmentSchema } from "../api/schemas/attachment.ts";
import type { FiguresQuery as FiguresQuerySchema } from "../api/schemas/figures.ts";
import type { InstanceChanges as InstanceSchema } from "../api/schemas/instance.ts";
import type { Message as MessageSchema } from "../api/schemas/message.ts";
import type * as queries from "../api/schemas/queries.ts";
import type * as suppressions from "../api/schemas/suppressions.ts";
import type * as tenants from "../api/schemas/tenant.ts";
import type { priority } from "../api/schemas/values.ts";
import type * as webhooks from "../api/schemas/webhook.ts";

/** What a query string takes: flags, numbers and texts by themselves. */
type QueryOf<S extends v.GenericSchema, I = v.InferInput<S>, O = v.InferOutput<S>> = {
  [K in keyof I]: K extends "cursor" ? I[K] : Parameter<I[K], K extends keyof O ? O[K] : never>;
};
type Parameter<I, O> = [O] extends [boolean | undefined]
  ? boolean | Extract<I, undefined>
  : [I, O] extends [string | undefined, number | undefined]
    ? number | Extract<I, undefined>
    : I;

// What requests carry.
export type Priority = v.InferInput<typeof priority>;
export type Message = v.InferInput<typeof MessageSchema>;
export type Attachment = v.InferInput<typeof AttachmentSchema>;
export type AccountInput = v.InferInput<typeof AccountSchema>;
export type TenantInput = v.InferInput<typeof tenants.TenantInput>;
export type TenantChanges = v.InferInput<typeof tenants.TenantChanges>;
export type ApiKeyInput = v.InferInput<typeof tenants.ApiKeyInput>;
export type WebhookSecretInput = v.InferInput<typeof tenants.WebhookSecretInput>;
export type InstanceChanges = v.InferInput<typeof InstanceSchema>;
export type SuppressionEntry = v.InferInput<typeof suppressions.SuppressionEntry>;
export type WebhookInput = v.InferInput<typeof webhooks.WebhookInput>;
export type WebhookChanges = v.InferInput<typeof webhooks.WebhookChanges>;
export type SecretRotation = v.InferInput<typeof webhooks.SecretRotation>;
export type ReplayRange = v.InferInput<typeof webhooks.ReplayRange>;
export type CleanupMessages = v.InferInput<typeof queries.CleanupMessages>;

// What stands in query strings, by operation.
export type ListMessagesQuery = QueryOf<typeof queries.MessageQuery>;
export type GetMessageQuery = QueryOf<typeof queries.OneMessageQuery>;
export type ListAccountsQuery = QueryOf<typeof queries.TenantQuery>;
export type PauseAccountQuery = QueryOf<typeof queries.PauseQuery>;
export type DeleteAccountQuery = QueryOf<typeof queries.DeletionQuery>;
export type ListTenantsQuery = QueryOf<typeof queries.ActiveQuery>;
export type SuspendQuery = QueryOf<typeof queries.SuspensionQuery>;
export type ReadBounceQuery = QueryOf<typeof queries.BounceQuery>;
export type ListSuppressionsQuery = Omit<QueryOf<typeof suppressions.SuppressionQuery>, "format">;
export type ListWebhooksQuery = QueryOf<typeof webhooks.WebhookQuery>;
export type ListDeliveriesQuery = QueryOf<typeof webhooks.DeliveryQuery>;
export type ListCommandsQuery = QueryOf<typeof queries.LogQuery>;
export type FiguresQuery = QueryOf<typeof FiguresQuerySchema>;
export type OverviewQuery = QueryOf<typeof queries.TenantQuery>;

// What is answered.
export type Failure = v.InferOutput<typeof FailureSchema>;
export type Done = v.InferOutput<typeof DoneSchema>;
export type MessagesAdded = v.InferOutput<typeof messages.MessagesAdded>;
export type StoredMessage = v.InferOutput<typeof messages.StoredMessage>;
export type MessageEvent = v.InferOutput<typeof messages.MessageEvent>;
export type MessagePage = v.InferOutput<typeof messages.MessagePage>;
export type Preview = v.InferOutput<typeof messages.Preview>;
export type OneMessage = v.InferOutput<typeof messages.OneMessage>;
export type MessageChanged = v.InferOutput<typeof messages.MessageChanged>;
export type MessagesDeleted = v.InferOutput<typeof messages.MessagesDeleted>;
export type MessagesCleaned = v.InferOutput<typeof messages.MessagesCleaned>;
export type Account = v.InferOutput<typeof tenancy.Account>;
export type AccountPage = v.InferOutput<typeof tenancy.AccountPage>;
export type OneAccount = v.InferOutput<typeof tenancy.OneAccount>;
export type AccountSaved = v.InferOutput<typeof tenancy.AccountSaved>;
export type AccountDeleted = v.InferOutput<typeof tenancy.AccountDeleted>;
export type AccountTested = v.InferOutput<typeof tenancy.AccountTested>;
export type Tenant = v.InferOutput<typeof tenancy.Tenant>;
export type TenantPage = v.InferOutput<typeof tenancy.TenantPage>;
export type OneTenant = v.InferOutput<typeof tenancy.OneTenant>;
export type TenantSaved = v.InferOutput<typeof tenancy.TenantSaved>;
export type TenantNamed = v.InferOutput<typeof tenancy.TenantNamed>;
export type ApiKeyMade = v.InferOutput<typeof tenancy.ApiKeyMade>;
export type WebhookSecretMade = v.InferOutput<typeof tenancy.WebhookSecretMade>;
export type SyncStatus = v.InferOutput<typeof tenancy.SyncStatus>;
export type Suppression = v.InferOutput<typeof suppressionAnswers.Suppression>;
export type SuppressionPage = v.InferOutput<typeof suppressionAnswers.SuppressionPage>;
export type SuppressionsAdded = v.InferOutput<typeof suppressionAnswers.SuppressionsAdded>;
export type SuppressionsRemoved = v.InferOutput<typeof suppressionAnswers.SuppressionsRemoved>;
export type Webhook = v.InferOutput<typeof webhookAnswers.Webhook>;
export type WebhookPage = v.InferOutput<typeof webhookAnswers.WebhookPage>;
export type OneWebhook = v.InferOutput<typeof webhookAnswers.OneWebhook>;
export type WebhookMade = v.InferOutput<typeof webhookAnswers.WebhookMade>;
export type WebhookChanged = v.InferOutput<typeof webhookAnswers.WebhookChanged>;
export type WebhookDeleted = v.InferOutput<typeof webhookAnswers.WebhookDeleted>;
export type Delivery = v.InferOutput<typeof webhookAnswers.Delivery>;
export type DeliveryPage = v.InferOutput<typeof webhookAnswers.DeliveryPage>;
export type OneDelivery = v.InferOutput<typeof webhookAnswers.OneDelivery>;
export type DeliveryQueued = v.InferOutput<typeof webhookAnswers.DeliveryQueued>;
export type DeliveriesReplayed = v.InferOutput<typeof webhookAnswers.DeliveriesReplayed>;
export type Suspension = v.InferOutput<typeof operations.Suspension>;
export type BounceRead = v.InferOutput<typeof bounces.BounceRead>;
export type InboxPage = v.InferOutput<typeof operations.InboxPage>;
export type InboxMail = v.InferOutput<typeof operations.InboxMail>;
export type InboxEmptied = v.InferOutput<typeof operations.InboxEmptied>;
export type MailboxesReloaded = v.InferOutput<typeof operations.MailboxesReloaded>;
export type Instance = v.InferOutput<typeof operations.Instance>;
export type EffectiveSetting = v.InferOutput<typeof operations.EffectiveSetting>;
export type EffectiveSettings = v.InferOutput<typeof operations.EffectiveSettings>;
export type CommandPage = v.InferOutput<typeof operations.CommandPage>;
export type Figures = v.InferOutput<typeof figures.Figures>;
export type Overview = v.InferOutput<typeof figures.Overview>;
export type Attention = v.InferOutput<typeof figures.Attention>;
export type Status = v.InferOutput<typeof operations.Status>;
export type Alive = v.InferOutput<typeof operations.Alive>;
export type Ready = v.InferOutput<typeof operations.Ready>;
