/** What the overview is about: how long back, and (for the admin) whose messages. */
import { withQuery } from "../parts/pager.tsx";
import { TenantChoice } from "../parts/tenant-choice.tsx";
import { RANGES, type RangeName } from "./ranges.ts";

interface ChoiceProps {
  href: string;
  rangeName: RangeName;
  tenantId: string | undefined;
  tenants: readonly string[];
}

export function Choice({ href, rangeName, tenantId, tenants }: ChoiceProps) {
  return (
    <div class="row choice">
      <nav aria-label="Range">
        <ul>
          {Object.entries(RANGES).map(([name, range]) => (
            <li>
              <a href={withQuery(href, { range: name })} aria-current={name === rangeName ? "true" : undefined}>
                {range.name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {tenants.length > 0 && (
        <form method="get" action="/dashboard" class="row">
          <input type="hidden" name="range" value={rangeName} />
          <TenantChoice tenantId={tenantId} tenants={tenants} all="all tenants" />
          <button type="submit">Show</button>
        </form>
      )}
    </div>
  );
}
