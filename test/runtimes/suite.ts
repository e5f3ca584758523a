/**
 * The conformance suite: what every runtime promises to those outside, over HTTP and SMTP, on every database it can have.
 *
 * Each target runs it in a file of its own. docs/runtimes.md is the table of its results.
 */
import { afterAll, beforeAll, describe, test } from "vitest";
import { CHAPTERS } from "./promises/index.ts";
import type { Promises } from "./promises/promise.ts";
import { nameOf, type Target } from "./targets/target.ts";
import { ProxyUnderTest } from "./under-test.ts";

/** The first start on a machine may fetch the runtime; later ones take seconds. */
const FIRST_START_MS = 300_000;
/** A promise whose test kills the proxy waits for leases and new starts. */
const TEST_MS = 60_000;

declare module "vitest" {
  interface TaskMeta {
    /** What the table of runtimes says instead of `yes`. */
    verdict?: string;
  }
}

export function conformance(target: Target): void {
  describe(nameOf(target), () => {
    const proxy = new ProxyUnderTest(target);
    let unavailable: string | undefined;

    beforeAll(async () => {
      unavailable = (await proxy.open())?.unavailable;
    }, FIRST_START_MS);
    afterAll(() => proxy.close());

    const promise: Promises["promise"] = (name, keep, { needs, instead } = {}) => {
      test(name, { timeout: TEST_MS }, async ({ task, skip }) => {
        if (unavailable !== undefined) {
          task.meta.verdict = `not run: ${unavailable}`;
          return skip(unavailable);
        }
        const lack = needs && target.lacks[needs];
        if (lack === undefined) return keep();
        task.meta.verdict = `no: ${lack}`;
        return instead === undefined ? skip(lack) : instead();
      });
    };
    for (const [chapter, promises] of Object.entries(CHAPTERS)) describe(chapter, () => promises({ proxy, promise }));
  });
}
