/** Whether the instance runs on this machine, as which version, and how much memory it takes. */
import { readFileSync } from "node:fs";
import type { RunRecord } from "../run-record.ts";
import { VERSION } from "../version.ts";
import { about, ok, skipped, type Told, type Verdict, warning } from "./finding.ts";
import type { Machine } from "./patient.ts";
import { sizeText, spanText } from "./words.ts";

export function* checkProcess({ record, instance, isServe, now, settings }: Machine): Generator<Told> {
  if (record === undefined) {
    const advice = isServe ? "start it with: mail-proxy serve" : `start it with: mail-proxy start ${instance.name}`;
    const whole = settings.databaseUrl.startsWith("file:") && !isServe;
    const text = "none is known on this machine";
    yield about("process", whole ? warning(`${text}, so nothing is taken in or sent`, advice) : skipped(text));
    return;
  }
  yield about(`process ${record.pid}`, judgeProcess(record, VERSION, now(), memoryOf(record.pid)));
}

export function judgeProcess(
  { version, started, pid }: Pick<RunRecord, "version" | "started" | "pid">,
  own: string,
  now: number,
  memory: number | undefined,
): Verdict {
  const taken = memory === undefined ? "" : `, ${sizeText(memory)} of memory`;
  const text = `runs for ${spanText(now - Date.parse(started))} as version ${version}${taken}`;
  if (version === own) return ok(text);
  return warning(`${text}; this program is ${own}`, `restart it with this program (process ${pid} is the old one)`);
}

/** Of its memory what is in RAM (proc(5)), in bytes; undefined where the system does not say so in a file. */
function memoryOf(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
