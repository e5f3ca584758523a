/** How the tests with real mail servers run: as all others do, but apart from them, since they need root and programs of Debian's. */
import { defineConfig } from "vitest/config";
import tests from "../vitest.config.ts";

export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ["test/system/**/*.test.ts"], exclude: [], testTimeout: 60_000 },
});
