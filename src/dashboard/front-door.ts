/** Whoever opens the server's own address in a browser is led to the dashboard; a program that asks there hears from the API. */

/** Undefined where it is no such request. */
export function leadIn({ method, url, headers }: Request): Response | undefined {
  if (method !== "GET" || !isRoot(url) || !headers.get("Accept")?.includes("text/html")) return undefined;
  return new Response(null, {
    status: 303,
    // The address is relative: a proxy in front may call this server by another name.
    headers: { Location: "/dashboard", Vary: "Accept", "Cache-Control": "no-store" },
  });
}

/** Whether a page of the dashboard, or what belongs to one, is asked for. */
export function isForDashboard({ url }: Request): boolean {
  return /^\/dashboard(?:[/?#]|$)/.test(pathOf(url));
}

function isRoot(url: string): boolean {
  return /^\/(?:\?|$)/.test(pathOf(url));
}

/** With what follows it. Every request is looked at: a URL is not worth making for that. */
function pathOf(url: string): string {
  return url.slice(url.indexOf("/", url.indexOf("//") + 2));
}
