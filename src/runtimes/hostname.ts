/** The name that this machine gives itself in EHLO. */

/** RFC 5321 4.1.2: dot-separated labels of letters, digits and inner hyphens. */
const DOMAIN = /^(?=.{1,255}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** RFC 5321 4.1.4: a client without a meaningful name sends an address literal. */
export function hostName(name: string): string {
  return DOMAIN.test(name) ? name : "[127.0.0.1]";
}
