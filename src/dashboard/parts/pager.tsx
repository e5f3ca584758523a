/** The way to the next page of a list; back goes by the browser. */

/** `href`: this page; `cursor`: what the API gave for the next one. */
export function Pager({ href, cursor }: { href: string; cursor: string | null }) {
  if (cursor === null) return null;
  return (
    <p>
      <a class="button" rel="next" href={withQuery(href, { cursor })}>
        Next page
      </a>
    </p>
  );
}

/** The address with these parameters instead of its own; what is undefined or empty is taken off. */
export function withQuery(href: string, changes: Record<string, string | undefined>): string {
  const [path = "", search] = href.split("?", 2);
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
