/** A table in a region that scrolls by itself, which a keyboard reaches. */
import type { Child } from "hono/jsx";

export interface Column {
  name: string;
  /** Aligned as numbers are. */
  isNumber?: boolean;
  /** Its name is read out only: what stands below says itself what it is. */
  isUnseen?: boolean;
}

export function Table({ label, columns, children }: { label: string; columns: readonly Column[]; children?: Child }) {
  return (
    <section class="scroll" aria-label={label} tabindex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, isNumber, isUnseen }) => (
              <th scope="col" class={isNumber ? "number" : undefined}>
                {isUnseen ? <span class="sr">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
