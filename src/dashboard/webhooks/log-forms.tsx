/** The forms about a webhook's log: which deliveries are shown, and which are made once more. */
import { TEST_EVENT, WEBHOOK_EVENTS } from "../../reports/webhooks/event-types.ts";
import { DELIVERY_STATES } from "../../tenancy/webhooks-log.ts";
import { Field } from "../parts/field.tsx";
import { hrefOf } from "./links.ts";

/** Which deliveries are shown. */
export interface Filter {
  state: string;
  event_type: string;
}

export function Narrow({ filter, id }: { filter: Filter; id: string }) {
  return (
    <form method="get" action={hrefOf(id)} class="row filter">
      <Field name="state" label="State">
        <Choice name="state" given={filter.state} options={DELIVERY_STATES} />
      </Field>
      <Field name="event_type" label="Event">
        <Choice name="event_type" given={filter.event_type} options={[...WEBHOOK_EVENTS, TEST_EVENT]} />
      </Field>
      <button type="submit">Show</button>
    </form>
  );
}

function Choice({ name, given, options }: { name: string; given: string; options: readonly string[] }) {
  return (
    <select id={name} name={name}>
      <option value="">any</option>
      {options.map((option) => (
        <option value={option} selected={option === given}>
          {option}
        </option>
      ))}
    </select>
  );
}

/** Minutes, and what they are called. */
const SPANS = [
  [60, "the last hour"],
  [1_440, "the last day"],
  [4_320, "the last three days"],
  [10_080, "the last week"],
] as const;

export function Replay({ id }: { id: string }) {
  return (
    <form method="post" action={`${hrefOf(id)}/replay`} class="card form">
      <h2>Replay what was not delivered</h2>
      <Field name="minutes" label="Of">
        <select id="minutes" name="minutes">
          {SPANS.map(([minutes, span]) => (
            <option value={String(minutes)}>{span}</option>
          ))}
        </select>
      </Field>
      <Field name="replayed" label="Which" hint="Missed: what happened while it was disabled.">
        <select id="replayed" name="state" aria-describedby="replayed-hint">
          <option value="">failed and missed</option>
          <option value="failed">failed</option>
          <option value="missed">missed</option>
        </select>
      </Field>
      <button type="submit">Replay</button>
    </form>
  );
}
