/** How Message-IDs stand in table `message_ids`: without the angle brackets, which some write and others leave out (RFC 5322 3.6.4). */
export function bareMessageId(messageId: string): string {
  return messageId.trim().replace(/^<|>$/g, "");
}
