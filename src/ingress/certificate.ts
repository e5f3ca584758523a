/** The certificate that clients are shown, as the settings name it; what is wrong with it stops the start, in words. */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type Config, ConfigError } from "../config.ts";
import { reason } from "../errors.ts";

export interface Certificate {
  cert: Buffer;
  key: Buffer;
}

/** Undefined where there is none, which only a port with TLS from the first byte needs. Throws ConfigError. */
export function readCertificate({
  smtpTlsCert,
  smtpTlsKey,
  smtpsPort,
}: Pick<Config, "smtpTlsCert" | "smtpTlsKey" | "smtpsPort">): Certificate | undefined {
  if (smtpTlsCert === undefined && smtpTlsKey === undefined) {
    if (smtpsPort === undefined) return undefined;
    throw new ConfigError("MAIL_PROXY_SMTPS_PORT needs MAIL_PROXY_SMTP_TLS_CERT and MAIL_PROXY_SMTP_TLS_KEY");
  }
  if (smtpTlsCert === undefined) throw new ConfigError("MAIL_PROXY_SMTP_TLS_KEY needs MAIL_PROXY_SMTP_TLS_CERT");
  if (smtpTlsKey === undefined) throw new ConfigError("MAIL_PROXY_SMTP_TLS_CERT needs MAIL_PROXY_SMTP_TLS_KEY");
  const certificate = {
    cert: read(smtpTlsCert, "MAIL_PROXY_SMTP_TLS_CERT"),
    key: read(smtpTlsKey, "MAIL_PROXY_SMTP_TLS_KEY"),
  };
  try {
    createSecureContext(certificate);
  } catch (cause) {
    const words = `${smtpTlsCert} and ${smtpTlsKey} are no certificate and its key: ${reason(cause)}`;
    throw new ConfigError(words, { cause });
  }
  return certificate;
}

function read(file: string, setting: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError(`${setting} cannot be read: ${reason(cause)}`, { cause });
  }
}
