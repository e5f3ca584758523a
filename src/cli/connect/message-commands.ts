/** What can be said about messages; an argument's name tells what completes it (completion.ts). */
import type { Command } from "commander";
import { segment } from "../api-call.ts";
import { Failure } from "../exit.ts";
import { printMessage } from "../message.ts";
import { messageRow } from "../messages.ts";
import { print, printRows } from "../output.ts";
import { things } from "./answers.ts";
import { newMessage } from "./new-message.ts";
import type { Session } from "./session.ts";

export function addMessageCommands(program: Command, session: Session): void {
  const { call } = session;
  const scope = (tenant: string | undefined) => ({ tenant_id: tenant ?? session.tenantId });

  program
    .command("messages")
    .description("the last messages, newest first")
    .option("--status <status>", "pending, deferred, sending, sent, error or canceled")
    .option("--tenant <tenant>", "of one tenant")
    .option("--q <text>", "part of an id, a subject or a recipient's address")
    .option("--limit <number>", "so many", "20")
    .action(async ({ tenant, ...filter }: { tenant?: string; status?: string; q?: string; limit: string }) => {
      const answer = await call("GET", "/messages", { query: { ...filter, ...scope(tenant) } });
      const spare = ["priority", "attempts", "account", "created", "error"];
      printRows(things(answer, "messages").map(messageRow), "no such messages", spare);
    });

  const one = (name: string, description: string, work: (id: string, tenant: string | undefined) => Promise<void>) =>
    program
      .command(`${name} <message>`)
      .description(description)
      .option("--tenant <tenant>", "whose message it is, where several have one under that id")
      .action((id: string, { tenant }: { tenant?: string }) => work(id, tenant));

  one("message", "one message, and what happened to it", async (id, tenant) => {
    const { ok: _, ...message } = await call("GET", `/messages/${segment(id)}`, { query: scope(tenant) });
    printMessage(message);
  });
  one("retry", "send a message again", async (id, tenant) => {
    await call("POST", `/messages/${segment(id)}/retry`, { query: scope(tenant) });
    print(`message ${id} is sent again${session.isServer ? "" : `, once it runs: ${session.startCommand}`}`);
  });
  one("cancel", "do not send a message that waits", async (id, tenant) => {
    await call("POST", `/messages/${segment(id)}/cancel`, { query: scope(tenant) });
    print(`message ${id} is canceled`);
  });
  one("delete", "delete a message, with all that is known of it", async (id, tenant) => {
    const answer = await call("POST", "/commands/delete-messages", { query: scope(tenant), body: { ids: [id] } });
    if (answer.removed === 0) throw new Failure(`there is no message ${id}, or it is being sent`);
    print(`message ${id} is deleted`);
  });

  program
    .command("new_message [fields...]")
    .description('queue a message; what is missing is asked for: new_message to=bob@example.com subject="Hello, Bob"')
    .action(async (fields: string[]) => print(await newMessage(session, fields)));
}
