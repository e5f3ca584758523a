/** A button that does something: a form of its own, so that it works without a script, and nothing is done by a link. */
import type { Child } from "hono/jsx";
import { Hidden } from "./hidden.tsx";

interface ActionProps {
  /** Where it is posted to. */
  to: string;
  /** Sent along. */
  fields?: Record<string, string>;
  /** Asked before, where it cannot be taken back. */
  confirm?: string | undefined;
  kind?: "primary" | "danger" | "quiet";
  /** What it does and to what, where the button's text alone does not tell. */
  label?: string;
  children?: Child;
}

export function Action({ to, fields = {}, confirm, kind, label, children }: ActionProps) {
  return (
    <form method="post" action={to} class="action" data-confirm={confirm}>
      <Hidden fields={fields} />
      <button type="submit" class={kind} aria-label={label}>
        {children}
      </button>
    </form>
  );
}
