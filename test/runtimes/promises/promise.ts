/** How a promise is declared: a name that any reader understands, and a test that sees it kept from outside. */
import type { Feature } from "../targets/target.ts";
import type { ProxyUnderTest } from "../under-test.ts";

export interface Promises {
  proxy: ProxyUnderTest;
  promise(name: string, keep: () => Promise<void>, terms?: Terms): void;
}

export interface Terms {
  /** What a target must have for it. */
  needs?: Feature;
  /** What holds on a target that lacks it. */
  instead?: () => Promise<void>;
}
