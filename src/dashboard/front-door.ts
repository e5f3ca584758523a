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

function isRoot(url: string): boolean {
  const path = url.indexOf("/", url.indexOf("//") + 2);
  return path !== -1 && (path + 1 === url.length || url.charAt(path + 1) === "?");
}
