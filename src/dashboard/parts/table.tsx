/** A table in a region that scrolls by itself, which a keyboard reaches. */
import type { Child } from "hono/jsx";

export interface Column {
  name: string;
  /** Aligned as numbers are. */
  isNumber?: boolean;
}

export function Table({ label, columns, children }: { label: string; columns: readonly Column[]; children?: Child }) {
  return (
    <section class="scroll" aria-label={label} tabindex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th scope="col" class={isNumber ? "number" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
