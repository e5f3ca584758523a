/** A tenant's key and the secret that signs its reports: made, shown once, revoked. */
import type { Tenant } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Field } from "../parts/field.tsx";
import { Time } from "../parts/time.tsx";
import { HERE } from "./links.ts";

/** The admin's alone. */
export function Key({ tenant: { id, has_api_key: has, api_key_expires_at: expires } }: { tenant: Tenant }) {
  return (
    <>
      <h2>Key</h2>
      <p>
        {!has && "It has no key: only the admin's token opens it."}
        {has && expires === null && "It has a key, which does not end by itself."}
        {has && expires !== null && (
          <>
            It has a key, which ends at <Time ts={expires} />.
          </>
        )}
      </p>
      <form
        method="post"
        action={`${HERE}/key`}
        class="row actions key"
        data-confirm={has ? `Make a new key for ${id}? The present one opens nothing from then on.` : undefined}
      >
        <input type="hidden" name="tenant_id" value={id} />
        <Field name="expires_at" label="Ends at (UTC)" hint="Empty: not by itself.">
          <input id="expires_at" name="expires_at" type="datetime-local" aria-describedby="expires_at-hint" />
        </Field>
        <button type="submit">Make a new key</button>
      </form>
      {has && (
        <Action
          to={`${HERE}/revoke-key`}
          fields={{ tenant_id: id }}
          kind="danger"
          confirm={`Revoke the key of ${id}? Whoever uses it is refused from then on.`}
        >
          Revoke the key
        </Action>
      )}
    </>
  );
}

export function WebhookSecret({ tenant }: { tenant: Tenant }) {
  const { id, has_webhook_secret: has, webhook_secret_previous_until_ts: until } = tenant;
  return (
    <>
      <h2>Secret that signs its reports</h2>
      <p>
        {has ? "Reports are signed." : "Reports are not signed yet."}
        {until !== null && (
          <>
            {" "}
            The secret before the present one signs too, until <Time ts={until} />.
          </>
        )}
      </p>
      <Action
        to={`${HERE}/webhook-secret`}
        fields={{ tenant_id: id }}
        confirm={has ? `Make a new secret for ${id}? The present one signs too for a while.` : undefined}
      >
        Make a new secret
      </Action>
    </>
  );
}
