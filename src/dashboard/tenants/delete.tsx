/** Taking a tenant away, with everything that is its own. */
import { HERE } from "./links.ts";

export function Delete({ tenantId }: { tenantId: string }) {
  return (
    <>
      <h2>Delete</h2>
      <form
        method="post"
        action={`${HERE}/delete`}
        class="row"
        data-confirm={`Delete tenant ${tenantId} with its accounts, messages and reports? This cannot be undone.`}
      >
        <input type="hidden" name="tenant_id" value={tenantId} />
        <label class="tick">
          <input type="checkbox" name="force" value="true" /> Also where messages wait: they are deleted, too, and not
          sent
        </label>
        <button type="submit" class="danger">
          Delete this tenant
        </button>
      </form>
    </>
  );
}
