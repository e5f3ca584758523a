/** A part of a page that is fetched again when there is news, and morphed, so that what somebody is doing in it stays. */
import type { Child } from "hono/jsx";

interface LiveProps {
  id: string;
  /** The page that it stands in, with its query string: of what comes, this part is taken. */
  href: string;
  /** With which element's requests it takes turns (hx-sync): the older answer is not to come last. */
  sync?: string;
  children?: Child;
}

export function Live({ id, href, sync, children }: LiveProps) {
  return (
    <div id={id} hx-get={href} hx-select={`#${id}`} hx-trigger="news from:body" hx-swap="outerMorph" hx-sync={sync}>
      {children}
    </div>
  );
}
