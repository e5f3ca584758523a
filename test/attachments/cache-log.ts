/** What the proxy's log says from now on, as lines; the caller resets the logging. */
import { configure } from "@logtape/logtape";

export async function loggedLines(): Promise<string[]> {
  const lines: string[] = [];
  const sinks = { lines: ({ message }: { message: readonly unknown[] }) => void lines.push(message.join("")) };
  const loggers = [
    { category: "mail-proxy", sinks: ["lines" as const] },
    { category: ["logtape", "meta"], lowestLevel: "error" as const, sinks: ["lines" as const] },
  ];
  await configure({ reset: true, sinks, loggers });
  return lines;
}
