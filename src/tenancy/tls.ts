/** How an account's connection is protected, from the words of its owner: `tls`, or the reference's `use_tls`, or none. */
import { type SQL, sql } from "drizzle-orm";
import { accounts } from "../db/schema.ts";

export type TlsMode = (typeof accounts.$inferSelect)["tls"];

export interface TlsWords {
  tls?: TlsMode | null | undefined;
  use_tls?: boolean | null | undefined;
}

/** RFC 8314 7.3: `submissions`, TLS from the first byte. */
const SUBMISSIONS = 465;
/** RFC 6409 3.1. */
const SUBMISSION = 587;

/** The port of an account whose owner named none. */
export function defaultPort(words: TlsWords): number {
  return words.tls === "implicit" ? SUBMISSIONS : SUBMISSION;
}

/** The mode of a new account: `tls` wins; `use_tls` and silence leave the kind of TLS to the port. */
export function tlsMode({ tls, use_tls }: TlsWords, port: number): TlsMode {
  if (tls) return tls;
  if (use_tls === false) return "none";
  if (port === SUBMISSIONS) return "implicit";
  return use_tls ? "starttls" : "opportunistic";
}

/** The mode of a stored account after a patch; undefined where it stays. */
export function changedTlsMode(words: TlsWords, port: number | undefined): TlsMode | SQL | undefined {
  const silent = words.tls === undefined && words.use_tls === undefined;
  if (silent) return port === undefined ? undefined : movedTlsMode(port);
  if (port !== undefined) return tlsMode(words, port);
  const onSubmissions = tlsMode(words, SUBMISSIONS);
  return sql`case when ${accounts.port} = ${SUBMISSIONS} then ${onSubmissions} else ${tlsMode(words, SUBMISSION)} end`;
}

/**
 * A new port without a word on TLS: its owner expects a connection that works and is no less safe than before.
 * Port 465 speaks nothing but TLS; who leaves it had TLS for certain and so gets STARTTLS as a must, never a maybe.
 */
function movedTlsMode(port: number): SQL {
  return sql`case
    when ${accounts.port} = ${port} or ${accounts.tls} = 'none' then ${accounts.tls}
    when ${port} = ${SUBMISSIONS} then 'implicit'
    when ${accounts.port} = ${SUBMISSIONS} and ${accounts.tls} = 'implicit' then 'starttls'
    else ${accounts.tls} end`;
}
