/** What a connection test met, step by step. */
import type { AccountTested } from "../../client/types.ts";
import { stageWords } from "../../smtp/stage-words.ts";
import { Badge } from "../parts/badge.tsx";
import { Table } from "../parts/table.tsx";

const COLUMNS = [
  { name: "Step" },
  { name: "Result" },
  { name: "Milliseconds", isNumber: true },
  { name: "What was said" },
];

/** What a form in the page takes of a page of steps. */
export const STEPS_ID = "steps";

export type Tested = AccountTested | { refused: string };

export function Steps({ tested }: { tested: Tested | undefined }) {
  return (
    <div id={STEPS_ID} aria-live="polite">
      {tested !== undefined && ("refused" in tested ? <Refused words={tested.refused} /> : <Outcome tested={tested} />)}
    </div>
  );
}

function Refused({ words }: { words: string }) {
  return <p class="notice failed">Not tested: {words}.</p>;
}

function Outcome({ tested: { ok, steps } }: { tested: AccountTested }) {
  const last = steps.at(-1);
  return (
    <>
      <p class={`notice ${ok ? "done" : "failed"}`}>
        {ok ? "The server takes the account's login." : `It went wrong at: ${stageWords(last?.step ?? "connect")}.`}
      </p>
      <Table label="Steps of the connection test" columns={COLUMNS}>
        {steps.map(({ step, ok: isOk, ms, detail }) => (
          <tr>
            <th scope="row">{stageWords(step)}</th>
            <td>
              <Badge state={isOk ? "ok" : "failed"} />
            </td>
            <td class="number">{Math.round(ms)}</td>
            <td>{detail ?? <span class="soft">–</span>}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
