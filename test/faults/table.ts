/** What can go wrong at a server and what each fault must lead to: faults.test.ts runs every row, docs/delivery.md tells them. */
import type { Answer, Script, Verb } from "../support/smtp-server.ts";
import { type Consequence, deferred, paused, refused, sent, unknown, unsendable } from "./consequence.ts";
import { any, at, atLine, ehlo, first, insideTls, MISBEHAVIOURS } from "./provoke.ts";

export interface Circumstances {
  /** Fields of the account; the server is at 127.0.0.1, without TLS. A `ca` is the name of a certificate. */
  account?: Record<string, unknown>;
  /** What the server offers; without it the run offers much, with PIPELINING and without. */
  extensions?: readonly string[];
  /** Where the account leads, if not to the server. */
  leads?: "to a closed port" | "to a black hole" | "to an unknown name";
  /** Whether the fault means something only with PIPELINING, or only without. */
  only?: "with PIPELINING" | "without PIPELINING";
  /** The server is waited for in vain: the run keeps such waits short. */
  stalls?: true;
  /** A message of many megabytes. */
  big?: true;
  /** Another message goes before it: over the same connection and answered, or close ahead. */
  before?: "answered" | "close ahead";
}

export interface Fault extends Circumstances {
  /** What the server does, in words. */
  fault: string;
  script: Script;
  leadsTo: Consequence;
  /** It is one of MISBEHAVIOURS, and this command's reply is what it stands in place of. */
  misbehavesAt?: Verb;
}

function row(fault: string, script: Script, leadsTo: Consequence, more: Circumstances = {}): Fault {
  return { fault, script, leadsTo, ...more };
}

/** A reply that refuses the message as a whole. */
function answers(verb: Verb, reply: string, leadsTo = refused(reply, verb === "BODY" ? 1 : 0)): Fault {
  return row(`answers \`${reply}\``, at(verb, reply), leadsTo);
}

/** All misbehaviours in place of one reply. */
function anything(verb: Verb, leadsTo: (says: RegExp) => Consequence, more: Circumstances = {}): Fault[] {
  return misbehaviours(verb, (answer) => at(verb, answer), leadsTo, more);
}

function misbehaviours(
  verb: Verb,
  script: (answer: Answer) => Script,
  leadsTo: (says: RegExp) => Consequence,
  more: Circumstances,
): Fault[] {
  return MISBEHAVIOURS.map(({ fault, answer, says, stalls }) => ({
    ...row(`${fault} at ${verb}`, script(answer), leadsTo(says), { ...more, ...(stalls && { stalls }) }),
    misbehavesAt: verb,
  }));
}

const OFFERS_TLS = { account: { use_tls: true, tls_verify: false }, extensions: ["STARTTLS", "PIPELINING", "SIZE 0"] };
const PASSWORD = "secret-of-the-account";
const LOGIN = { user: "shop", password: PASSWORD };
const OFFERS_LOGIN = { account: LOGIN, extensions: ["AUTH PLAIN LOGIN"] };
const UNREAD = { stalls: true, big: true, extensions: ["8BITMIME"] } as const;
const ONE_EACH = { account: { max_messages_per_connection: 1 } };
const NEXT = { before: "answered" } as const;

/** The first message is refused half-way, so that RSET stands before the next one. */
const atReset = (answer: Answer) => first(any(at("DATA", "554 5.7.1 no"), at("RSET", answer)));
const secondMail: Script = {
  answer: ({ verb, connection }) =>
    verb === "MAIL" && connection.number === 0 && connection.lines.includes("BODY") ? "421 4.3.2 closing" : undefined,
};

/** By the stage at which they show. */
export const TABLE: Record<string, Fault[]> = {
  "Reaching the server": [
    row("does not listen", {}, paused(/^connect: .*ECONNREFUSED/), { leads: "to a closed port" }),
    row("does not answer at all", {}, paused("connect: no connection within"), {
      leads: "to a black hole",
      stalls: true,
    }),
    row("has a name that nobody knows", {}, paused("connect: getaddrinfo"), { leads: "to an unknown name" }),
  ],
  "The greeting": [
    ...anything("CONNECT", paused),
    answers("CONNECT", "421 4.3.2 too busy", paused("greeting: 421 4.3.2 too busy")),
    answers("CONNECT", "450 4.7.1 later", paused("greeting: 450 4.7.1 later")),
    answers("CONNECT", "554 5.7.1 blocked", paused("greeting: 554 5.7.1 blocked")),
    answers("CONNECT", "250 hello", paused(/^greeting: /)),
    row("greets twice", at("CONNECT", { raw: "220 a\r\n220 a\r\n" }), paused("ehlo: the server speaks out of turn")),
    row("greets byte by byte", at("CONNECT", { raw: "220-a\r\n220 b\r\n", slowly: true }), sent()),
  ],
  EHLO: [
    ...anything("EHLO", paused),
    answers("EHLO", "421 4.3.2 closing", paused("ehlo: 421 4.3.2 closing")),
    answers("EHLO", "450 4.3.0 later", paused("ehlo: 450 4.3.0 later")),
    row("refuses HELO, too", any(at("EHLO", "550 5.7.1 no"), at("HELO", "550 5.7.1 no")), paused("ehlo: 550 5.7.1 no")),
    row("knows HELO only", at("EHLO", "502 5.5.1 what?"), sent()),
    row(
      "offers 10,000 extensions",
      at("EHLO", ehlo(...Array(10_000).fill("X-A"))),
      paused("ehlo: a reply does not end"),
    ),
    row("offers 8-bit, NUL and control bytes", at("EHLO", ehlo("\xff\xfe\x00\x80", "X-\x07\x1b[31m")), sent()),
    row("cuts its reply inside a line end", at("EHLO", { raw: "250-a\r\n250 SIZE 0\r\n", splitAt: 6 }), sent()),
    row("answers twice", at("EHLO", { raw: "250 a\r\n250 a\r\n" }), deferred("the server speaks out of turn")),
    row("takes 10 bytes a message", at("EHLO", ehlo("SIZE 10")), unsendable("the server takes 10", "5.3.4")),
  ],
  STARTTLS: [
    ...anything("STARTTLS", paused, OFFERS_TLS),
    row("does not offer it", {}, paused("tls: the server does not offer STARTTLS"), { ...OFFERS_TLS, extensions: [] }),
    ...["454 4.7.0 later", "421 4.3.2 closing"].map((reply) => ({
      ...answers("STARTTLS", reply, paused(`tls: ${reply}`)),
      ...OFFERS_TLS,
    })),
    row("goes on in clear text", at("STARTTLS", { raw: "220 go\r\n250 a\r\n" }), paused(/^tls: /), {
      ...OFFERS_TLS,
      stalls: true,
    }),
    row("does not begin the handshake", at("STARTTLS", { raw: "220 go\r\n", next: "stall" }), paused(/^tls: no conn/), {
      ...OFFERS_TLS,
      stalls: true,
    }),
    row(
      "slips clear text in before the handshake",
      at("STARTTLS", { raw: "220 go\r\n250-SIZE 10\r\n250 a\r\n", next: "upgrade" }),
      sent(),
      OFFERS_TLS,
    ),
    row("shows a certificate that nobody vouches for", {}, paused(/^tls: .*(certificate|UNABLE_TO_VERIFY)/), {
      ...OFFERS_TLS,
      account: { use_tls: true },
    }),
    row("shows a certificate for another host", { certificate: "elsewhere" }, paused(/^tls: .*ALTNAME/), {
      ...OFFERS_TLS,
      account: { use_tls: true, ca: "ca" },
    }),
    row("shows a certificate that has expired", { certificate: "expired" }, paused(/^tls: .*expired/), {
      ...OFFERS_TLS,
      account: { use_tls: true, ca: "expired" },
    }),
    row("closes the connection at the EHLO inside TLS", insideTls({ next: "close" }), paused(/^ehlo: /), OFFERS_TLS),
    row(
      "takes smaller messages inside TLS than outside",
      insideTls(ehlo("SIZE 10")),
      unsendable("the server takes 10", "5.3.4"),
      OFFERS_TLS,
    ),
    row("withdraws its other offers inside TLS", insideTls(ehlo()), sent(), OFFERS_TLS),
    row("withdraws its offer of a login inside TLS", insideTls(ehlo()), paused(/^auth: .*the server offers no login/), {
      account: { ...OFFERS_TLS.account, ...LOGIN },
      extensions: ["STARTTLS", "AUTH PLAIN"],
    }),
  ],
  "The login": [
    ...anything("AUTH", paused, OFFERS_LOGIN),
    ...["535 5.7.8 wrong", "454 4.7.0 later", "421 4.7.0 too many"].map((reply) => ({
      ...answers("AUTH", reply, paused(`auth: ${reply}`)),
      ...OFFERS_LOGIN,
    })),
    row("repeats the password", at("AUTH", `535 5.7.8 ${PASSWORD}?`), paused("auth: 535 5.7.8 ***"), OFFERS_LOGIN),
    row("asks for more than there is", at("AUTH", { raw: "334 more\r\n" }), paused(/^auth: /), OFFERS_LOGIN),
    row("offers no login", {}, paused(/^auth: .*the server offers no login/), { ...OFFERS_LOGIN, extensions: [] }),
    row(
      "closes the connection at the user name",
      any(at("AUTH", "334 VXNlcm5hbWU6"), at("LOGIN", { next: "close" })),
      paused(/^auth: /),
      { ...OFFERS_LOGIN, account: { ...LOGIN, auth_method: "login" } },
    ),
  ],
  MAIL: [
    ...anything("MAIL", deferred),
    answers("MAIL", "421 4.3.2 closing", paused("mail: 421 4.3.2 closing")),
    answers("MAIL", "452 4.3.1 disk full", paused("mail: 452 4.3.1 disk full")),
    answers("MAIL", "530 5.7.0 log in", paused("mail: 530 5.7.0 log in")),
    answers("MAIL", "451 4.3.0 later"),
    answers("MAIL", "452 4.2.2 quota"),
    answers("MAIL", "550 5.7.1 not you"),
    answers("MAIL", "552 5.3.4 too big"),
    row("gives 550 an enhanced code of 4", at("MAIL", "550 4.7.1 no"), refused("550 4.7.1 no")),
    row("gives 451 an enhanced code of 5", at("MAIL", "451 5.7.1 no"), refused("451 5.7.1 no")),
    row("refuses it with control characters", at("MAIL", { raw: "550 5.7.1 a\0\x1b[31mb\xff\r\n" }), {
      ...refused("550 5.7.1 no"),
      says: /^550 5\.7\.1 a \[31mb\ufffd$/,
    }),
    row("invites the message", at("MAIL", { raw: "354 go\r\n" }), deferred("354 is no answer to MAIL")),
    row(
      "answers twice",
      at("MAIL", { reply: "250 2.1.0 ok", raw: "250 2.1.0 ok\r\n" }),
      deferred("the server speaks out of turn"),
      { only: "without PIPELINING" },
    ),
    row(
      "answers twice, which shifts all later replies",
      at("MAIL", { reply: "250 2.1.0 ok", raw: "250 2.1.0 ok\r\n" }),
      deferred("250 is no answer to DATA"),
      { only: "with PIPELINING" },
    ),
    row("refuses it twice", at("MAIL", { raw: "550 5.7.1 no\r\n550 5.7.1 no\r\n" }), refused("550 5.7.1 no")),
  ],
  RCPT: [
    ...anything("RCPT", deferred),
    row("answers `421` to the first", atLine("TO:<a@", "421 4.3.2 closing"), paused("rcpt: 421 4.3.2 closing")),
    row("answers `452` to all", at("RCPT", "452 4.5.3 too many"), refused("452 4.5.3 too many")),
    row("answers `450` to all", at("RCPT", "450 4.2.0 later"), refused("450 4.2.0 later")),
    row("answers `550` to all", at("RCPT", "550 5.1.1 unknown"), refused("550 5.1.1 unknown")),
    row("answers `550` to one", atLine("TO:<b@", "550 5.1.1 no"), sent(["sent 250 2.0.0", "error 550 5.1.1"])),
    row("answers `552` to one", atLine("TO:<b@", "552 5.2.2 full"), sent(["sent 250 2.0.0", "error 552 5.2.2"])),
    row(
      "answers `452` to one",
      atLine("TO:<b@", "452 4.5.3 too many"),
      deferred("452 4.5.3 too many", ["sent 250 2.0.0", "pending 452 4.5.3"], 1),
    ),
    row(
      "answers `550` to one, and closes the connection at the next",
      any(atLine("TO:<a@", "550 5.1.1 no"), atLine("TO:<b@", { next: "close" })),
      deferred(/closed|ECONNRESET|EPIPE/, ["error 550 5.1.1", "pending"]),
    ),
    row("invites the message", at("RCPT", { raw: "354 go\r\n" }), deferred("354 is no answer to RCPT")),
  ],
  DATA: [
    ...anything("DATA", deferred),
    answers("DATA", "421 4.3.2 closing"),
    answers("DATA", "451 4.3.0 later"),
    answers("DATA", "554 5.7.1 no"),
    row("answers `250`", at("DATA", { raw: "250 ok\r\n" }), deferred("250 is no answer to DATA")),
    row(
      "accepts the message before it has it",
      at("DATA", { reply: "354 go", raw: "250 2.0.0 queued\r\n" }),
      deferred("the server speaks out of turn"),
    ),
    row("stops reading", at("DATA", { reply: "354 go", reads: "never" }), deferred("the server takes no data"), {
      ...UNREAD,
    }),
    row("reads ever slower", at("DATA", { reply: "354 go", reads: "slower" }), deferred("the server takes no data"), {
      ...UNREAD,
    }),
  ],
  "The final dot": [
    ...anything("BODY", unknown),
    answers("BODY", "421 4.3.2 closing"),
    answers("BODY", "451 4.3.0 later"),
    answers("BODY", "452 4.3.1 disk full"),
    answers("BODY", "552 5.3.4 too big"),
    answers("BODY", "554 5.7.1 spam"),
    row("invites the message again", at("BODY", { raw: "354 more\r\n" }), unknown("354 is no answer to a message")),
    row("accepts, and closes the connection", at("BODY", { reply: "250 2.0.0 queued", next: "close" }), sent()),
    row("accepts twice", at("BODY", { reply: "250 2.0.0 queued", raw: "250 2.0.0 queued\r\n" }), sent()),
    row("accepts in two packets", at("BODY", { raw: "250 2.0.0 queued\r\n", splitAt: 17 }), sent()),
  ],
  "The next message on a connection": [
    row("has closed it", first(at("BODY", { reply: "250 2.0.0 a", next: "close" })), sent(), NEXT),
    row("has answered twice before", first(at("BODY", { reply: "250 2.0.0 a", raw: "250 2.0.0 a\r\n" })), sent(), NEXT),
    row("answers `421` to it", secondMail, sent(), NEXT),
    row("answers `503` to RSET", atReset("503 5.5.1 what?"), sent(), NEXT),
    row("answers `421` to RSET", atReset("421 4.3.2 closing"), sent(), NEXT),
    ...misbehaviours("RSET", atReset, () => sent(), NEXT),
    row("loses what stands behind a final dot", at("BODY", { reply: "250 2.0.0 queued", forget: true }), sent(), {
      before: "close ahead",
      only: "with PIPELINING",
      stalls: true,
    }),
  ],
  QUIT: [
    ...anything("QUIT", () => sent(), ONE_EACH),
    row("answers `421`", at("QUIT", "421 4.3.2 closing"), sent(), ONE_EACH),
  ],
};
