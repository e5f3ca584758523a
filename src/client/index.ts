/** The typed client of the HTTP API, `mail-proxy/client`: needs nothing but `fetch`. */
export { MailProxy } from "./client.ts";
export { MailProxyError } from "./error.ts";
export type { CallOptions, MailProxyOptions } from "./transport.ts";
export type * from "./types.ts";
