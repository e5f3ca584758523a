/** The dashboard as people see it, in a real browser: the same chapters over every runtime that serves it differently. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { nameOf, type Target } from "../../runtimes/targets/target.ts";
import { ProxyUnderTest } from "../../runtimes/under-test.ts";
import { CHROMIUM, closeBrowser } from "../../support/browser.ts";
import { CHAPTERS } from "./chapters/index.ts";
import { Visitors } from "./visitors.ts";

/** The first start on a machine may fetch what it needs; later ones take seconds. */
const FIRST_START_MS = 300_000;
/** A browser on a busy machine. */
const TEST_MS = 120_000;

/** What a chapter has at hand. */
export interface Ground {
  /** What the dashboard runs on, such as `binary on file`. */
  name: string;
  proxy: ProxyUnderTest;
  visitors: Visitors;
  /** Whether pictures of its pages are kept: of one runtime, since the others make the same pages. */
  isPictured: boolean;
  /** Declares a promise; once it was kept, no page may have complained or asked for anything elsewhere. */
  promise(name: string, keep: () => Promise<void>): void;
}

export function dashboardOn(target: Target): void {
  describe(`the dashboard of ${nameOf(target)}`, () => {
    const isWorker = target.runtime === "workerd";
    const proxy = new ProxyUnderTest(target, isWorker ? {} : { SANDBOX: "true" });
    const visitors = new Visitors(proxy);
    let unavailable = CHROMIUM === undefined ? "there is no Chromium on this machine" : undefined;

    beforeAll(async () => {
      unavailable ??= (await proxy.open())?.unavailable;
    }, FIRST_START_MS);
    afterAll(async () => {
      await closeBrowser();
      await proxy.close();
    });

    const promise: Ground["promise"] = (name, keep) => {
      test(name, { timeout: TEST_MS }, async ({ skip }) => {
        if (unavailable !== undefined) return skip(unavailable);
        visitors.begin();
        await keep();
        visitors.checkAll();
      });
    };
    for (const [chapter, declare] of Object.entries(CHAPTERS)) {
      describe(chapter, () => declare({ name: nameOf(target), proxy, visitors, isPictured: !isWorker, promise }));
    }
  });
}
