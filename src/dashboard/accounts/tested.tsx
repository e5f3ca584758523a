/** The page of a connection test, for who has no script, or comes from elsewhere. */
import { Action } from "../parts/action.tsx";
import { type AccountName, fieldsOf, HERE, hrefOf } from "./links.ts";
import { Steps, type Tested } from "./steps.tsx";

interface TestedProps {
  account: AccountName;
  tested: Tested;
  /** Where the test was asked for. */
  back: string;
}

export function TestedPage({ account, tested, back }: TestedProps) {
  return (
    <>
      <h1>
        Connection test of account {account.id} of {account.tenant_id}
      </h1>
      <Steps tested={tested} />
      <div class="row actions">
        <Action to={`${HERE}/test`} fields={{ ...fieldsOf(account), back }}>
          Test again
        </Action>
        <a class="button" href={hrefOf(account)}>
          Its settings
        </a>
        <a class="button" href={back}>
          Back
        </a>
      </div>
    </>
  );
}
