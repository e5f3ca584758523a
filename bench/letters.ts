/** The messages that everything here sends: one recipient, a subject, 600 characters of text. */

export interface Letter {
  from: string;
  to: string;
  subject: string;
  text: string;
}

const TEXT = "A message of ordinary length.\n".repeat(20);

export function letter(n: number): Letter {
  return { from: "app@example.com", to: `user${n}@example.net`, subject: `Subject ${n}`, text: TEXT };
}
