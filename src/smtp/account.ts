/** The SMTP account that a session serves: where the server is, how far to trust it, who logs in, how long to wait. */

/**
 * - `none`: plain text.
 * - `opportunistic`: encrypted if the server offers STARTTLS; an offer that then fails is a fault, never plain text.
 * - `starttls`: STARTTLS or nothing.
 * - `implicit`: TLS from the first byte (RFC 8314).
 */
export type TlsMode = "none" | "opportunistic" | "starttls" | "implicit";

export type AuthMethod = "plain" | "login" | "cram-md5" | "xoauth2";

export interface SmtpAccount {
  host: string;
  port: number;
  tls: TlsMode;
  /**
   * Whether the certificate must be valid for the host. Left out: yes, except for `opportunistic`, where whoever could
   * forge a certificate could as well remove the offer of STARTTLS (RFC 7435 3).
   */
  tlsVerify?: boolean | undefined;
  /** PEM certificates to trust instead of the public roots. */
  ca?: string | undefined;
  /** Left out: no login. With `xoauth2` the password is the access token. */
  user?: string | undefined;
  password?: string | undefined;
  authMethod: "auto" | AuthMethod;
  /** A tenant named the host: only a public address of it is spoken to. workerd reaches no other anyway. */
  publicOnly?: boolean | undefined;
  ehloName: string;
  connectTimeoutMs: number;
  /** What a failure to connect means on this runtime, where its own words do not say. */
  explain?: ((error: string) => string) | undefined;
  /** For one reply, and for the server to take one block of data; after the final dot FINAL_DOT_FACTOR times as long. */
  replyTimeoutMs: number;
}

/** RFC 5321 4.5.3.2.6: the reply to the final dot takes longest, because the server delivers before it answers. */
export const FINAL_DOT_FACTOR = 5;
