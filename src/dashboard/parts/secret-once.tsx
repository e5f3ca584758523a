/** A secret on the one page that shows it: the answer to the form that made it, which nobody keeps. */
import type { Child } from "hono/jsx";

interface SecretProps {
  title: string;
  secret: string;
  /** Where to go on. */
  back: string;
  /** What it is for. */
  children?: Child;
}

export function SecretOnce({ title, secret, back, children }: SecretProps) {
  return (
    <>
      <h1>{title}</h1>
      <p>It is shown this once: copy it to where it is needed before you leave this page.</p>
      <div class="row card">
        <code id="secret" class="secret">
          {secret}
        </code>
        <button type="button" data-copy="#secret" hidden>
          Copy
        </button>
      </div>
      {children}
      <p>
        <a class="button" href={back}>
          I have it
        </a>
      </p>
    </>
  );
}
