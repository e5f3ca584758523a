/** A database's URL as people may see it: it may carry a token or a password anywhere behind its host, and before it. */
export function shownDatabase(url: string): string {
  if (url.startsWith("file:")) return url.replace(/[?#].*$/, "");
  if (!URL.canParse(url)) return "of a URL that is none";
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
