/** What Dovecot 2.3 has to be told to keep everything in one folder, and to serve 127.0.0.1 alone. */
import { join } from "node:path";

/** Nobody in particular; whom Dovecot's mails belong to need not have a name. */
export const MAIL_OWNER = 5_000;

export interface DovecotPorts {
  imapPort: number;
  imapsPort: number;
  lmtpPort: number;
}

export function dovecotConfiguration(folder: string, { imapPort, imapsPort, lmtpPort }: DovecotPorts): string {
  const at = (name: string) => join(folder, name);
  return `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${at("run")}
state_dir = ${at("run")}
log_path = ${at("dovecot.log")}
instance_name = ${folder}

ssl = yes
ssl_cert = <${at("certificate.pem")}
ssl_key = <${at("key.pem")}
ssl_dh =
disable_plaintext_auth = no
mail_location = maildir:${at("mails")}/%u
mail_uid = ${MAIL_OWNER}
mail_gid = ${MAIL_OWNER}
first_valid_uid = ${MAIL_OWNER}

passdb {
  driver = passwd-file
  args = username_format=%u ${at("users")}
}
userdb {
  driver = static
  args = uid=${MAIL_OWNER} gid=${MAIL_OWNER} home=${at("mails")}/%u
}

namespace inbox {
  inbox = yes
}

service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = ${imapsPort}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${lmtpPort}
  }
}
# A folder is told to those who IDLE as soon as something comes in.
mailbox_idle_check_interval = 1s
`;
}
