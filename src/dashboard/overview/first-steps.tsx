/** What an instance that has sent nothing yet needs first. */
import type { MailProxy } from "../../client/client.ts";
import type { Figures, Overview } from "../../client/types.ts";

export interface Missing {
  /** Beside the first message. */
  account: boolean;
}

/** Undefined where messages have come already. Where anything goes on nothing is asked. */
export async function whatIsMissing(
  api: MailProxy,
  tenantId: string | undefined,
  { totals }: Figures,
  { pending }: Overview,
): Promise<Missing | undefined> {
  const isBusy = [...Object.values(pending), totals.sent, totals.failed].some((count) => count > 0);
  if (isBusy) return undefined;
  const scope = tenantId === undefined ? {} : { tenant_id: tenantId };
  const { messages } = await api.messages.list({ ...scope, limit: 1 });
  if (messages.length > 0) return undefined;
  const { accounts } = await api.accounts.list(scope);
  return { account: accounts.length === 0 };
}

export function FirstSteps({ missing, isAdmin }: { missing: Missing; isAdmin: boolean }) {
  return (
    <section aria-labelledby="first-steps" class="card">
      <h2 id="first-steps">Nothing has been sent yet</h2>
      <ol>
        {missing.account && (
          <li>
            {isAdmin && (
              <>
                <a href="/dashboard/tenants">Add a tenant</a>: the application that sends.{" "}
              </>
            )}
            <a href="/dashboard/accounts">Add an account</a>: the SMTP server that its mail goes through.
          </li>
        )}
        <li>
          Send a first message: <code>POST /commands/add-messages</code>, as <code>mail-proxy NAME TENANT send</code>,
          or by SMTP. It shows up here within a second.
        </li>
      </ol>
    </section>
  );
}
