/**
 * Requests generated from the document, thousands of them, against the whole application over a database file, while it
 * sends and reports.
 *
 * FUZZ_SECONDS makes it take longer than the few seconds that it has among the other tests, FUZZ_SEED repeats a run.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ADMIN_TOKEN, startApp } from "../support/app.ts";
import { watchLog } from "../support/log.ts";
import { checkAnswer } from "./declared.ts";
import { type GeneratedRequest, requests } from "./requests.ts";

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
/** Small enough that generated bodies reach it. */
const MAX_BODY_BYTES = "60000";

test(
  `no request leads to a fault of ours, nor to an answer that is not declared (seed ${SEED})`,
  async () => {
    const { app, call } = await startApp({ MAX_BODY_BYTES });
    const statuses = new Map<number, number>();
    const log = await watchLog("error"); // an answer of 500 tells nothing

    /** Two tenants with keys, an account and messages each, whatever has become of them before. */
    const keys = async () => {
      const made: string[] = [];
      for (const id of ["acme", "other"]) {
        await call("POST", "/tenant", { id, active: true });
        await call("POST", "/account", { id: "default", tenant_id: id, host: "127.0.0.1", port: 1 });
        const messages = ["m1", "m2"].map((name) => ({
          id: name,
          tenant_id: id,
          from: "a@b.cd",
          to: "e@f.gh",
          batch_code: "b1",
        }));
        await call("POST", "/commands/add-messages", { messages });
        made.push(String((await call("POST", `/tenant/${id}/api-key`, {})).body.api_key));
      }
      return made;
    };

    const send = async (
      { method, target, body, type, caller }: GeneratedRequest,
      [key = "", foreign = ""]: string[],
    ) => {
      const tokens = { admin: ADMIN_TOKEN, key, foreign, stranger: "mpk_of_nobody", nobody: undefined };
      const token = tokens[caller];
      const request = new Request(`http://proxy.test${target}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...(type === "" ? {} : { "Content-Type": type }),
        },
        ...(body === undefined || method === "GET" ? {} : { body }),
      });
      const response = await app.fetch(request);
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect(
        response.status,
        `${method} ${target} ${body} as ${caller}: ${log.records.at(-1)?.properties.reason}`,
      ).not.toBe(500);
      checkAnswer(method, request.url, response, text);
    };

    const property = fc.asyncProperty(fc.array(requests(), { minLength: 1, maxLength: 40 }), async (sequence) => {
      const tokens = await keys();
      for (const request of sequence) await send(request, tokens);
    });
    await fc.assert(property, {
      seed: SEED,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: SECONDS * 1_000,
      endOnFailure: true,
    });
    const seen = [...statuses].sort(([one], [other]) => one - other);
    const total = seen.reduce((sum, [, count]) => sum + count, 0);
    console.log(`${total} requests: ${seen.map(([status, count]) => `${status} ${count}`).join(", ")}`);
    // Those that no run is without, however slow the machine.
    for (const status of [200, 422]) expect(statuses.get(status), `answers with ${status}`).toBeGreaterThan(0);
  },
  SECONDS * 1_000 + 30_000,
);
