/** Whether applications can be told: each tenant's endpoint for reports, and each webhook, is reached without a report. */
import { reason } from "../../errors.ts";
import { syncUrl } from "../../reports/endpoint.ts";
import { createHttpClient } from "../../runtimes/http-client.ts";
import { addressFault } from "../../security/hosts.ts";
import { maskText } from "../../security/mask.ts";
import { listTenants } from "../../tenancy/tenants.ts";
import { listWebhooks } from "../../tenancy/webhooks.ts";
import { urlIn } from "../../url.ts";
import { toldOf } from "./attention.ts";
import { inTurns } from "./bounded.ts";
import { type Certificate, judgeCertificate } from "./certificate.ts";
import { noteClock } from "./clock.ts";
import { about, failed, ok, skipped, type Told, type Verdict } from "./finding.ts";
import { meet } from "./meeting.ts";
import type { Patient } from "./patient.ts";

interface Endpoint {
  subject: string;
  /** A text: why it is no URL to call. */
  url: URL | string;
  publicOnly: boolean;
}

export async function* checkEndpoints(patient: Patient): AsyncGenerator<Told> {
  const tenants = await tenantsOf(patient);
  const endpoints = tenants.flatMap(({ id, active, clientBaseUrl, clientSyncPath, publicOnly }): Endpoint[] => {
    if (!active || clientBaseUrl === null) return [];
    return [{ subject: id, url: syncUrl({ baseUrl: clientBaseUrl, syncPath: clientSyncPath }), publicOnly }];
  });
  if (endpoints.length === 0) yield about("tenants", skipped("none wants reports"));
  yield* reached(patient, endpoints);
  yield* toldOf(patient, "endpoints");
}

export async function* checkWebhooks(patient: Patient): AsyncGenerator<Told> {
  const tenants = await tenantsOf(patient);
  const webhooks = (await Promise.all(tenants.map(({ id }) => listWebhooks(patient.db, id)))).flat();
  const endpoints = webhooks
    .filter(({ status }) => status === "enabled")
    .map(({ id, tenantId, url, publicOnly }) => ({ subject: `${tenantId}/${id}`, url: urlOf(url), publicOnly }));
  if (webhooks.length === 0) yield about("webhooks", skipped("there are none"));
  yield* reached(patient, endpoints);
  yield* toldOf(patient, "webhooks");
}

async function tenantsOf({ db, wishes }: Patient) {
  const tenants = await listTenants(db);
  return tenants.filter(({ id }) => wishes.tenantId === undefined || id === wishes.tenantId);
}

function urlOf(text: string): URL | string {
  return urlIn(text) ?? "its URL is none";
}

async function* reached(patient: Patient, endpoints: readonly Endpoint[]): AsyncGenerator<Told> {
  for await (const told of inTurns(endpoints, async (one) => about(one.subject, await verdictOn(patient, one))))
    yield told;
}

async function verdictOn(patient: Patient, { subject, url, publicOnly }: Endpoint): Promise<Verdict> {
  if (typeof url === "string") return failed(url, MEND);
  const { wishes, now } = patient;
  const isTls = url.protocol === "https:";
  const port = Number(url.port) || (isTls ? 443 : 80);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const { timeoutMs } = wishes;
  const { fault, certificate } = await meet({ host, port, speaks: isTls ? "implicit" : "none", publicOnly, timeoutMs });
  const met = judgeMeeting(url, fault, certificate, now());
  if (!wishes.calls || met.state === "failed") return met;
  const answer = await called(patient, subject, { url, publicOnly });
  return answer.state === "failed" ? answer : { ...met, text: `${met.text}; ${answer.text}` };
}

const MEND = "put the application's URL right, or see to its server, name and firewall";

export function judgeMeeting(url: URL, fault: string | null, certificate: Certificate | null, now: number): Verdict {
  const at = maskText(url.origin);
  if (fault !== null) return failed(`${at} cannot be reached: ${fault}`, MEND);
  if (certificate === null) return ok(`${at} is reached, not encrypted`);
  const verdict = judgeCertificate(certificate, now);
  return { ...verdict, text: `${at} is reached: ${verdict.text}` };
}

/** RFC 9110 9.3.2: HEAD asks for nothing but what an answer would begin with; an application may refuse it, and is there. */
async function called(
  patient: Patient,
  subject: string,
  { url, publicOnly }: { url: URL; publicOnly: boolean },
): Promise<Verdict> {
  const signal = AbortSignal.timeout(patient.wishes.timeoutMs);
  const allowed = (address: string) => (publicOnly ? addressFault(address) : undefined);
  try {
    const response = await createHttpClient()({
      method: "HEAD",
      url,
      headers: new Headers(),
      body: undefined,
      addressFault: allowed,
      signal,
    });
    await response.body?.cancel();
    noteClock(patient, subject, response.headers.get("date"));
    if (response.status >= 500)
      return failed(`answers HEAD with HTTP ${response.status}`, "look at the application's own log");
    return ok(`answers HEAD with HTTP ${response.status}`);
  } catch (error) {
    return failed(`does not answer: ${reason(error)}`, MEND);
  }
}
