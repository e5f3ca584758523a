/** The bytes of a message as they go out, to be read. */
import { Verbatim } from "../parts/verbatim.tsx";
import { Beginning } from "./content.tsx";
import { messageHref } from "./filter.ts";
import { hrefOf } from "./links.ts";

/** In bytes. */
const MOST_SHOWN = 256 * 1024;

export function SourcePage({ pk, back, source }: { pk: string; back: string; source: Uint8Array }) {
  return (
    <>
      <p>
        <a href={messageHref(pk, back)}>Back to the message</a>
      </p>
      <h1>Source</h1>
      <p class="soft">
        As it goes out, the same at every attempt. Bcc is never in it; a file that is brought when the message goes is
        named in X-Mail-Proxy-Omitted, and left out.
      </p>
      {source.length > MOST_SHOWN && <Beginning />}
      <Verbatim label="The message's source" text={new TextDecoder().decode(source.subarray(0, MOST_SHOWN))} />
      <p>
        <a class="button" href={`${hrefOf(pk)}/raw`} download>
          Download as .eml
        </a>
      </p>
    </>
  );
}
