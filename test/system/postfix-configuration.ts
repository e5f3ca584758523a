/** What Postfix 3.7 has to be told to keep everything in one folder, and to serve 127.0.0.1 alone. */
import { join } from "node:path";

/** A port at which nobody listens on any machine of today (tcpmux). */
const NOBODY = 1;

export interface PostfixSetup {
  folder: string;
  port: number;
  /** Whose mails go on to the mailboxes; it takes all recipients in, and learns only there who is none. */
  domain: string;
  lmtpPort: number;
  /** Whose mails wait for a server that cannot be reached. */
  deadDomain: string;
  /** Whose mails go on to another SMTP server of the test's. */
  elsewhere?: { domain: string; port: number } | undefined;
  /** Further lines, which win over the others. */
  settings?: string | undefined;
}

/** main.cf */
export function postfixConfiguration(setup: PostfixSetup): string {
  const { folder, domain, lmtpPort, deadDomain, elsewhere, settings = "" } = setup;
  const at = (name: string) => join(folder, name);
  const routes = [
    `{ ${deadDomain} = smtp:[127.0.0.1]:${NOBODY} }`,
    ...(elsewhere === undefined ? [] : [`{ ${elsewhere.domain} = smtp:[127.0.0.1]:${elsewhere.port} }`]),
  ];
  return `
compatibility_level = 3.6
queue_directory = ${at("queue")}
data_directory = ${at("data")}
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${at("postfix.log")}
maillog_file_prefixes = ${folder}

myhostname = mx.test.invalid
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_dns_support_level = disabled
smtp_host_lookup = native
mydestination =
alias_maps =
alias_database =
local_transport = error:5.1.1 no such mailbox
biff = no
recipient_delimiter = +
message_size_limit = 20000000
# An original of any size is returned whole.
bounce_size_limit = 20000000

virtual_mailbox_domains = ${domain}
# Without a list of recipients all of them are accepted, as by the many servers that stand before others.
virtual_mailbox_maps =
virtual_transport = lmtp:inet:127.0.0.1:${lmtpPort}
transport_maps = inline:{ ${routes.join(", ")} }

# What waits is tried, and its sender told, within seconds.
delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s

${settings}
`;
}

/** master.cf: the services of Debian's that a mail passes, none of them in a chroot. */
export function postfixServices(port: number): string {
  const unix = (name: string, wakeup: string, limit: string, program: string, isPrivate = "-") =>
    `${name} unix ${isPrivate} - n ${wakeup} ${limit} ${program}`;
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    unix("pickup", "60", "1", "pickup", "n"),
    unix("cleanup", "-", "0", "cleanup", "n"),
    unix("qmgr", "1", "1", "qmgr", "n"),
    unix("tlsmgr", "1000?", "1", "tlsmgr"),
    unix("rewrite", "-", "-", "trivial-rewrite"),
    unix("bounce", "-", "0", "bounce"),
    unix("defer", "-", "0", "bounce"),
    unix("trace", "-", "0", "bounce"),
    unix("verify", "-", "1", "verify"),
    unix("flush", "1000?", "0", "flush", "n"),
    unix("proxymap", "-", "-", "proxymap"),
    unix("smtp", "-", "-", "smtp"),
    unix("showq", "-", "-", "showq", "n"),
    unix("error", "-", "-", "error"),
    unix("retry", "-", "-", "error"),
    // X: the mailbox is the end of the way, so that a notification of success says `delivered` and not `relayed`.
    unix("lmtp", "-", "-", "lmtp flags=X"),
    unix("anvil", "-", "1", "anvil"),
    unix("scache", "-", "1", "scache"),
    "postlog unix-dgram n - n - 1 postlogd",
    "",
  ].join("\n");
}
