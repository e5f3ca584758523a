/** Every page that a visitor can reach by links, so that a promise about all pages forgets none that comes later. */

/**
 * Paths with their query strings, breadth first from the overview. `cookie`: of a session; `most`: of pages that differ in nothing but
 * whom they are about.
 */
export async function reachablePages(origin: string, cookie: string, most = 2): Promise<string[]> {
  const waiting = ["/dashboard"];
  const seen = new Set(waiting);
  const alike = new Map<string, number>();
  const pages: string[] = [];
  for (const path of waiting) {
    const links = await linksOf(origin + path, cookie);
    if (links === undefined) continue;
    pages.push(path);
    for (const href of links) {
      const kind = kindOf(href);
      const count = (alike.get(kind) ?? 0) + 1;
      if (seen.has(href) || count > most) continue;
      seen.add(href);
      alike.set(kind, count);
      waiting.push(href);
    }
  }
  return pages;
}

/** Links within the dashboard; undefined where this is no page, but a file. */
async function linksOf(url: string, cookie: string): Promise<string[] | undefined> {
  const response = await fetch(url, { headers: { cookie }, redirect: "manual" });
  const text = await response.text();
  const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
  if (!isPage || response.headers.has("Content-Disposition")) return undefined;
  return [...text.matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)]
    .map(([, href = ""]) => new URL(unescaped(href), url))
    .filter(({ origin, pathname }) => url.startsWith(`${origin}/`) && /^\/dashboard(\/|$)/.test(pathname))
    .map(({ pathname, search }) => pathname + search);
}

const ENTITIES: Record<string, string> = { amp: "&", quot: '"', "#39": "'", lt: "<", gt: ">" };

function unescaped(attribute: string): string {
  return attribute.replace(/&(amp|quot|#39|lt|gt);/g, (_, name: string) => ENTITIES[name] ?? "");
}

/** What a page is, without whom it is about: names of things hold a digit, a dash or an escape; names of pages are words. */
export function kindOf(href: string): string {
  const { pathname, searchParams } = new URL(href, "http://proxy.test");
  const words = pathname.split("/").map((segment) => (/^[a-z]*$/.test(segment) ? segment : "*"));
  const names = [...searchParams.keys()].sort().join("&");
  return names === "" ? words.join("/") : `${words.join("/")}?${names}`;
}
