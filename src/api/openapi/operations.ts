/** Every route of the API, described: by method and path, in the order of the document. */
import type { Operations } from "./operation.ts";
import { accountOperations } from "./operations/accounts.ts";
import { aliasOperations } from "./operations/aliases.ts";
import { bounceOperations } from "./operations/bounces.ts";
import { emailOperations } from "./operations/emails.ts";
import { figureOperations } from "./operations/figures.ts";
import { fileOperations } from "./operations/files.ts";
import { instanceOperations } from "./operations/instance.ts";
import { messageOperations } from "./operations/messages.ts";
import { queueOperations } from "./operations/queue.ts";
import { sandboxOperations } from "./operations/sandbox.ts";
import { suppressionOperations } from "./operations/suppressions.ts";
import { tenantOperations } from "./operations/tenants.ts";
import { unsubscribeOperations } from "./operations/unsubscribe.ts";
import { watchingOperations } from "./operations/watching.ts";
import { webhookOperations } from "./operations/webhooks.ts";

const OWN: Operations = {
  ...messageOperations,
  ...emailOperations,
  ...accountOperations,
  ...tenantOperations,
  ...queueOperations,
  ...suppressionOperations,
  ...webhookOperations,
  ...bounceOperations,
  ...instanceOperations,
  ...fileOperations,
  ...unsubscribeOperations,
  ...watchingOperations,
  ...figureOperations,
  ...sandboxOperations,
};

export const OPERATIONS: Operations = { ...OWN, ...aliasOperations(OWN) };
