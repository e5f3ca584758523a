/** Credentials for single attachments on their way into the queue, where they are kept sealed. */
import { isInline, type NewMessage, type RemoteAttachment } from "../queue/message.ts";
import type { Vault } from "../security/vault.ts";

/** Seals them in place; undefined, and nothing to wait for, where no message has any. */
export function sealAttachmentAuth(messages: readonly NewMessage[], vault: Vault): Promise<unknown> | undefined {
  const held = messages.flatMap(({ content }) => content.attachments?.filter(hasAuth) ?? []);
  if (held.length === 0) return undefined;
  return Promise.all(
    held.map(async (attachment) => {
      attachment.auth = await vault.seal(attachment.auth);
    }),
  );
}

function hasAuth(
  attachment: NonNullable<NewMessage["content"]["attachments"]>[number],
): attachment is RemoteAttachment & { auth: string } {
  return !isInline(attachment) && attachment.auth !== undefined;
}
