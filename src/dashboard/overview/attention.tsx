/** What needs somebody, worst first as the API has it: what is wrong, since when, and the button that mends it. */
import type { Attention } from "../../client/types.ts";
import { Action } from "../parts/action.tsx";
import { Time } from "../parts/time.tsx";
import { concernOf, mendOf, momentOf, placeOf, waitOf } from "./concern.ts";

interface AttentionsProps {
  attention: readonly Attention[];
  /** The page that an action leads back to. */
  back: string;
  isAdmin: boolean;
  /** Tenants are to be named. */
  isForAll: boolean;
}

export function Attentions({ attention, ...props }: AttentionsProps) {
  if (attention.length === 0) return <p class="well">All is well: nothing needs you.</p>;
  return (
    <ul class="concerns">
      {attention.map((item) => (
        <Item item={item} {...props} />
      ))}
    </ul>
  );
}

interface ItemProps extends Omit<AttentionsProps, "attention"> {
  item: Attention;
}

function Item({ item, back, isAdmin, isForAll }: ItemProps) {
  const { title, isUrgent } = concernOf(item, isForAll);
  const place = placeOf(item);
  const wait = waitOf(item);
  return (
    <li class={`card concern ${isUrgent ? "urgent" : ""}`}>
      <h3>{place === undefined ? title : <a href={place}>{title}</a>}</h3>
      <p>{item.reason}</p>
      {(item.since_ts !== null || wait !== undefined) && (
        <p class="soft">
          {item.since_ts !== null && (
            <>
              {momentOf(item)} <Time ts={item.since_ts} />.{" "}
            </>
          )}
          {wait !== undefined && <>{wait}.</>}
        </p>
      )}
      <MendButton item={item} back={back} isAdmin={isAdmin} />
    </li>
  );
}

function MendButton({ item, back, isAdmin }: Omit<ItemProps, "isForAll">) {
  const mend = mendOf(item, back, isAdmin);
  if (mend === undefined) return null;
  if ("to" in mend) {
    return (
      <Action to={mend.to} fields={mend.fields} label={mend.label}>
        {mend.text}
      </Action>
    );
  }
  return (
    <a class="button" href={mend.href} aria-label={mend.label}>
      {mend.text}
    </a>
  );
}
