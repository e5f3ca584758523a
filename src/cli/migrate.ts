/** The command that brings a database up to date without starting anything on it. */
import type { Command } from "commander";
import { database } from "../db/database.ts";
import { migrate } from "../db/migrate.ts";
import { openDatabase } from "../runtimes/database.ts";
import { opening } from "./database-fault.ts";
import { createFolder, instanceNamed } from "./home.ts";
import { print } from "./output.ts";
import { startProgress } from "./progress.ts";
import { settingsOf } from "./settings.ts";
import { DEFAULT_INSTANCE } from "./start.ts";

export function addMigrateCommand(program: Command, home: () => string): void {
  program
    .command("migrate")
    .description("bring the database up to date: MAIL_PROXY_DATABASE_URL, else that of an instance")
    .argument("[name]", "the instance", DEFAULT_INSTANCE)
    .action(async (name: string) => {
      const instance = instanceNamed(home(), name);
      const { databaseUrl, databaseToken, synchronous } = settingsOf(instance);
      if (databaseUrl.startsWith("file:")) createFolder(instance);
      const applied = await opening(databaseUrl, async () => {
        const client = await openDatabase({ url: databaseUrl, token: databaseToken, synchronous });
        const progress = startProgress("migrate");
        try {
          return await migrate(database(client), Date.now(), progress.to);
        } finally {
          progress.end();
          client.close();
        }
      });
      print(applied.length === 0 ? "the database is up to date" : `applied ${applied.join(", ")}`);
    });
}
