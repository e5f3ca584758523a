/** The demo's application: a small HTTP server to which the proxy reports what became of each message. */
import * as v from "valibot";
import type { HttpServer } from "../../runtimes/http-server.ts";
import { serve } from "../../runtimes/serve.ts";

const Report = v.object({ id: v.string(), sent_ts: v.optional(v.number()), error: v.optional(v.string()) });
const Call = v.object({ delivery_report: v.array(Report) });

export interface ReportEndpoint {
  url: string;
  /** By message: when it was reported as sent, Unix milliseconds. */
  sent: Map<string, number>;
  /** By message: why it failed. */
  failed: Map<string, string>;
  stop: HttpServer["stop"];
}

export async function startReportEndpoint(bearer: string): Promise<ReportEndpoint> {
  const sent: ReportEndpoint["sent"] = new Map();
  const failed: ReportEndpoint["failed"] = new Map();
  const answer = async (request: Request) => {
    if (request.headers.get("Authorization") !== `Bearer ${bearer}`) return new Response(null, { status: 401 });
    for (const report of v.parse(Call, await request.json()).delivery_report) {
      if (report.sent_ts !== undefined) sent.set(report.id, Date.now());
      if (report.error !== undefined) failed.set(report.id, report.error);
    }
    return Response.json({ ok: true, queued: 0 });
  };
  const { url, stop } = await serve(answer, { host: "127.0.0.1", port: 0, maxBodyBytes: 16 * 1024 * 1024 });
  return { url, sent, failed, stop };
}
