/** What the Worker's console shows of the log: an object a line, which Workers Logs reads the values out of. */
import { getLogger, reset } from "@logtape/logtape";
import { expect, onTestFinished, test, vi } from "vitest";
import { configureLogging } from "../../src/runtimes/worker-log.ts";

test("each record is one object on the console, at its level; what is below the level is not there", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
  onTestFinished(() => {
    vi.restoreAllMocks();
    return reset();
  });
  configureLogging("warning");
  const log = getLogger(["mail-proxy", "dispatch"]);
  log.info("nothing of note");
  log.warning("message {message_id} failed: {reason}", { event: "failed", message_id: "m", reason: "550\r\nno" });
  expect(info).not.toHaveBeenCalled();
  const [[line]] = warn.mock.calls as [[string]];
  expect(line).not.toMatch(/[\r\n]/);
  expect(JSON.parse(line)).toMatchObject({ level: "warning", event: "failed", message_id: "m", reason: "550\r\nno" });
});
