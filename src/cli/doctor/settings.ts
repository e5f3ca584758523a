/** Whether the settings can be worked by: names that are none, values that contradict each other, the certificate of the SMTP ports. */
import { type Config, unknownSettings } from "../../config.ts";
import { reason } from "../../errors.ts";
import { readCertificate } from "../../ingress/certificate.ts";
import { storedConfig } from "../settings-found.ts";
import { fileCertificate, judgeCertificate } from "./certificate.ts";
import { about, failed, ok, skipped, type Told, type Verdict, warning } from "./finding.ts";
import type { Machine } from "./patient.ts";

export async function* checkSettings(machine: Machine): AsyncGenerator<Told> {
  const { instance, isServe, settings, found } = machine;
  const unknown = unknownSettings(process.env, isServe ? {} : storedConfig(instance));
  for (const name of unknown)
    yield about(name, warning("is no setting, and changes nothing", "mend the name, or remove it"));
  const set = found.filter(({ from }) => from !== "default").length;
  if (unknown.length === 0) yield about("names and values", ok(`${set} set, the rest as by default`));
  yield about("ports", judgePorts(settings));
  yield about("public URL", judgePublicUrl(settings.publicUrl));
  yield about("TLS certificate", certificateOf(settings, machine.now()));
}

type Ports = Pick<Config, "port" | "smtpPort" | "smtpsPort">;

/** Two listeners cannot share a port; 0 takes a free one each. */
export function judgePorts({ port, smtpPort, smtpsPort }: Ports): Verdict {
  const named = [
    ["MAIL_PROXY_PORT", port],
    ["MAIL_PROXY_SMTP_PORT", smtpPort],
    ["MAIL_PROXY_SMTPS_PORT", smtpsPort],
  ] as const;
  const taken = new Map<number, string>();
  for (const [name, number] of named) {
    if (!number) continue;
    const other = taken.get(number);
    if (other !== undefined) return failed(`${other} and ${name} are both ${number}`, `give ${name} another port`);
    taken.set(number, name);
  }
  return ok(`${taken.size === 0 ? "any free one" : [...taken.keys()].join(", ")}; no two the same`);
}

/** RFC 8058 3.1: a link to unsubscribe with one click is an https one. */
export function judgePublicUrl(publicUrl: string | undefined): Verdict {
  if (publicUrl === undefined)
    return skipped("none is set, so mails carry no links to unsubscribe", "set MAIL_PROXY_PUBLIC_URL if they shall");
  if (publicUrl.startsWith("https:")) return ok(`links begin with ${new URL(publicUrl).origin}`);
  return warning(
    "it is http, but mail servers take links to unsubscribe with one click by https alone",
    "put TLS in front of the proxy, and make MAIL_PROXY_PUBLIC_URL an https one",
  );
}

function certificateOf(settings: Machine["settings"], now: number): Verdict {
  const setting = "MAIL_PROXY_SMTP_TLS_CERT and MAIL_PROXY_SMTP_TLS_KEY";
  try {
    const certificate = readCertificate(settings);
    if (certificate === undefined) return noCertificate(settings);
    const verdict = judgeCertificate(fileCertificate(certificate.cert), now);
    return verdict.advice === null ? verdict : { ...verdict, advice: `renew it, name it with ${setting}, and restart` };
  } catch (error) {
    return failed(reason(error), `name a certificate and its key (PEM) with ${setting}`);
  }
}

function noCertificate({ smtpPort }: Ports): Verdict {
  if (smtpPort === undefined) return skipped("mail is taken by HTTP alone, so none is needed");
  return warning(
    `SMTP port ${smtpPort} has none: keys go over the network in the clear`,
    "name one with MAIL_PROXY_SMTP_TLS_CERT and MAIL_PROXY_SMTP_TLS_KEY, unless only this machine reaches the port",
  );
}
