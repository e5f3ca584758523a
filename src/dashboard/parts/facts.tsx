/** Names and what belongs to them. */
import type { Child } from "hono/jsx";

/** What is undefined is left out. */
export function Facts({ facts }: { facts: Record<string, Child> }) {
  return (
    <dl class="facts">
      {Object.entries(facts)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value ?? <span class="soft">–</span>}</dd>
          </>
        ))}
    </dl>
  );
}
