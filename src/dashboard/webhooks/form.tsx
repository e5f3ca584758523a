/** What there is to say of a webhook: where it is, and what it hears of. */
import type { WebhookInput } from "../../client/types.ts";
import { WEBHOOK_EVENTS } from "../../reports/webhooks/event-types.ts";
import { text, texts } from "../given.ts";
import { described, Field } from "../parts/field.tsx";

/** As the API takes it: without a choice of events it is all of them. */
export type Asked = Required<Pick<WebhookInput, "events">> & { url: string };

export function asked(form: FormData): Asked {
  const ticked = texts(form, "event");
  // The API checks the names.
  const events = ticked.length === 0 ? null : (ticked as NonNullable<Asked["events"]>);
  return { url: text(form, "url") ?? "", events };
}

interface FieldsProps {
  url: string;
  /** Null: all of them. */
  events: readonly string[] | null;
  fault?: string | undefined;
}

export function Fields({ url, events, fault }: FieldsProps) {
  return (
    <>
      <Field name="url" label="URL" fault={fault}>
        <input id="url" name="url" type="url" value={url} required {...described({ name: "url", fault })} />
      </Field>
      <fieldset class="field">
        <legend>Events</legend>
        <p class="hint">None ticked: all of them, also those that a later version adds.</p>
        {WEBHOOK_EVENTS.map((event) => (
          <label class="tick">
            <input type="checkbox" name="event" value={event} checked={events?.includes(event)} /> {event}
          </label>
        ))}
      </fieldset>
    </>
  );
}
