/** The page of the settings, from what the process does to what it was started with. */
import type { EffectiveSetting, Status } from "../../client/types.ts";
import { FormFields } from "../forms/fields.tsx";
import type { FormState } from "../forms/spec.ts";
import { Live } from "../parts/live.tsx";
import { Effective } from "./effective.tsx";
import { STORED_GROUPS } from "./fields.ts";
import { Process } from "./process.tsx";

export const HERE = "/dashboard/settings";

interface PageProps {
  status: Status;
  state: FormState;
  settings: readonly EffectiveSetting[];
  /** Unix milliseconds. */
  now: number;
}

export function SettingsPage({ status, state, settings, now }: PageProps) {
  return (
    <>
      <h1>Settings</h1>
      <Live id="process" href={HERE}>
        <Process status={status} now={now} />
      </Live>
      <h2>Kept in the database</h2>
      <p class="hint">They hold for all processes on this database, at once. Empty: the default.</p>
      <form method="post" action={HERE} class="editor">
        <FormFields groups={STORED_GROUPS} state={state} />
        <button type="submit" class="primary">
          Save
        </button>
      </form>
      <h2>In force in this process</h2>
      <p class="hint">
        They are read at the start: from the environment, else from <code>config.json</code> of the instance (
        <code>mail-proxy NAME config set</code> changes it). A change needs a restart.
      </p>
      <Effective settings={settings} />
    </>
  );
}
