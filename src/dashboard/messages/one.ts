/** What is done with one message, and how that is told; what cannot be done the API tells. */
import type { MailProxy } from "../../client/client.ts";
import type { Notice } from "../session.ts";
import type { Deed } from "./chosen.ts";

const DONE: Record<Deed, string> = {
  retry: "It is sent again.",
  cancel: "It is canceled.",
  delete: "The message is deleted.",
};

export async function doWithOne(api: MailProxy, deed: Deed, pk: string): Promise<string | Notice> {
  if (deed !== "delete") {
    await api.messages[deed](pk);
    return DONE[deed];
  }
  const { removed, being_sent } = await api.messages.delete([pk]);
  if (removed > 0) return DONE.delete;
  const why = being_sent.length > 0 ? "It is being sent: it cannot be deleted now." : "There is no such message.";
  return { kind: "failed", text: why };
}
