/**
 * From an account to a server that is ready for mail:
 * 1. connect, 2. TLS if implicit, 3. greeting, 4. EHLO, 5. STARTTLS and EHLO again, 6. login.
 */
import { addressFault } from "../security/hosts.ts";
import type { SmtpAccount } from "./account.ts";
import { type Capabilities, parseCapabilities } from "./capabilities.ts";
import { Dialogue, UnexpectedReply } from "./dialogue.ts";
import { binary, chooseMethod, cramMd5Response, xoauth2Response } from "./login.ts";
import type { Stage } from "./outcome.ts";
import { type RawReply, toReply } from "./replies.ts";

/** Is told of each step as it begins. */
export type Trace = (stage: Stage) => void;

/** A host name or an address literal (RFC 5321 4.1.1.1), and nothing that could end the line. */
const EHLO_NAME = /^[\w.:[\]-]+$/;

/** RFC 5321 4.5.3.1.4: a command line has 512 octets with its CRLF. */
const MAX_COMMAND = 510;

export abstract class Connection extends Dialogue {
  /** How far the opening has come. */
  protected stage: Stage = "connect";
  protected capabilities: Capabilities = parseCapabilities([]);
  readonly #account: SmtpAccount;
  readonly #trace: Trace;
  #encrypted = false;

  constructor(account: SmtpAccount, trace: Trace) {
    const { host, port, user, password = "", replyTimeoutMs } = account;
    const credentials = user === undefined ? undefined : { username: binary(user), password: binary(password) };
    super({ host, port, credentials, replyTimeoutMs });
    this.#account = account;
    this.#trace = trace;
  }

  protected async begin(): Promise<void> {
    const { tls, user } = this.#account;
    this.#enter("connect");
    await this.#reach();
    if (tls === "implicit") await this.#encrypt();
    this.#enter("greeting");
    await this.greet();
    await this.#hello();
    if (tls === "starttls" || tls === "opportunistic") await this.#startTls();
    if (user !== undefined) await this.#login(user, this.#account.password ?? "");
  }

  async #reach(): Promise<void> {
    const { publicOnly, connectTimeoutMs } = this.#account;
    if (!publicOnly) return void (await this.opened(connectTimeoutMs));
    // A name may resolve to anything. What is not public gets no byte from us, and whether it answered is not told.
    const met = await this.opened(connectTimeoutMs).catch(() => undefined);
    const isPublic = met !== undefined && (!met.remoteAddress || addressFault(met.remoteAddress) === undefined);
    if (!isPublic) throw new Error("the host cannot be reached at a public address");
  }

  #enter(stage: Stage): void {
    this.stage = stage;
    this.#trace(stage);
  }

  async #hello(): Promise<void> {
    this.#enter("ehlo");
    const { ehloName } = this.#account;
    if (!EHLO_NAME.test(ehloName)) throw new Error("the EHLO name is not a host name");
    const reply = await this.command(`EHLO ${ehloName}`);
    // RFC 5321 3.2: a server that does not know EHLO is asked with HELO, and can nothing more.
    const helo = reply.code >= 500;
    const answer = expect2xx(helo ? await this.command(`HELO ${ehloName}`) : reply);
    this.capabilities = parseCapabilities(helo ? [] : answer.lines);
  }

  async #startTls(): Promise<void> {
    if (!this.capabilities.startTls && this.#account.tls === "opportunistic") return;
    this.#enter("tls");
    if (!this.capabilities.startTls) throw new Error("the server does not offer STARTTLS");
    expect2xx(await this.command("STARTTLS"));
    await this.#encrypt();
    // RFC 3207 4.2: what the server said before the upgrade is forgotten, and asked for again.
    await this.#hello();
  }

  /** Implicit TLS comes this way as well, since only an upgrade takes a policy. */
  async #encrypt(): Promise<void> {
    const { tls, tlsVerify = tls !== "opportunistic", ca, connectTimeoutMs } = this.#account;
    this.#enter("tls");
    const chosen = ca !== undefined || this.#account.tlsVerify === false;
    if (chosen && !this.socket.takesTlsPolicy) {
      throw new Error(
        "this runtime verifies certificates against public roots only: tls_verify and ca do not work here",
      );
    }
    await this.upgrade({ verify: tlsVerify, ca }, connectTimeoutMs);
    this.#encrypted = true;
  }

  async #login(user: string, password: string): Promise<void> {
    this.#enter("auth");
    const { offersAuth, auth } = this.capabilities;
    const wanted = this.#account.authMethod;
    if (!offersAuth) throw new Error("the account has a user, but the server offers no login");
    // RFC 4616 2: NUL separates the parts of a PLAIN response.
    if (/[\0\x01]/.test(user + password)) throw new Error("user or password holds a control character");
    switch (chooseMethod(wanted, auth, this.#encrypted ? "tls" : "clear")) {
      case "plain":
        return this.authWithPlain();
      case "login":
        return this.authWithLogin();
      case "cram-md5":
        return this.#cramMd5(user, password);
      case "xoauth2":
        return this.#xoauth2(user, password);
      case undefined:
        throw new Error(`the server does not offer ${wanted === "auto" ? "a login that we know" : `AUTH ${wanted}`}`);
    }
  }

  async #cramMd5(user: string, password: string): Promise<void> {
    const challenge = await this.command("AUTH CRAM-MD5");
    if (challenge.code !== 334) throw new UnexpectedReply(toReply(challenge));
    expect2xx(await this.command(cramMd5Response(user, password, challenge.lines[0] ?? "")));
  }

  async #xoauth2(user: string, token: string): Promise<void> {
    const response = xoauth2Response(user, token);
    const short = `AUTH XOAUTH2 ${response}`;
    let reply = await this.command(short.length <= MAX_COMMAND ? short : "AUTH XOAUTH2");
    // RFC 4954 4: a response too long for a command line is sent when it is asked for.
    if (short.length > MAX_COMMAND && reply.code === 334) reply = await this.command(response);
    // A refusal comes as a challenge that says why; the empty response to it brings the reply.
    expect2xx(reply.code === 334 ? await this.command("") : reply);
  }
}

function expect2xx(reply: RawReply): RawReply {
  if (reply.code >= 300) throw new UnexpectedReply(toReply(reply));
  return reply;
}
