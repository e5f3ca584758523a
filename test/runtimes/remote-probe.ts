/** Writes through a database's client as often as it is told, and says what came of each: in whatever runtime this runs. */
import type { Client } from "@libsql/client/http";

export interface Probed {
  outcome: "done" | "not done" | "unknown";
  message: string;
}

export async function probe(client: Client, times: number): Promise<Probed[]> {
  const probed: Probed[] = [];
  for (let n = 0; n < times; n++) {
    probed.push(
      await client.execute("insert into t (n) values (1)").then(
        (): Probed => ({ outcome: "done", message: "" }),
        (error: Probed): Probed => ({ outcome: error.outcome, message: error.message }),
      ),
    );
  }
  return probed;
}
