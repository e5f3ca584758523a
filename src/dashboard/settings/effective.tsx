/** The settings that the process was started with, by what they are about. */
import type { EffectiveSetting } from "../../client/types.ts";
import { Table } from "../parts/table.tsx";

const COLUMNS = ["Setting", "Value", "From", "What it is for"].map((name) => ({ name }));

export function Effective({ settings }: { settings: readonly EffectiveSetting[] }) {
  const groups = [...new Set(settings.map(({ group }) => group))];
  return (
    <>
      {groups.map((group) => (
        <>
          <h3>{group.charAt(0).toUpperCase() + group.slice(1)}</h3>
          <Table label={`Settings: ${group}`} columns={COLUMNS}>
            {settings
              .filter((one) => one.group === group)
              .map((setting) => (
                <tr>
                  <td class="mono whole">{setting.name}</td>
                  <td>{valueText(setting)}</td>
                  <td>{setting.from === "start" ? "made or found at the start" : setting.from}</td>
                  <td class="wide">{plain(setting.doc)}</td>
                </tr>
              ))}
          </Table>
        </>
      ))}
    </>
  );
}

function valueText({ is_secret, is_set, value }: EffectiveSetting) {
  if (is_secret) return is_set ? "set, not shown" : "not set";
  if (value === null || value === "") return <span class="soft">{is_set ? "none" : "not set"}</span>;
  return String(value);
}

/** The documentation marks names and values with backticks, as Markdown has it. */
function plain(doc: string) {
  return doc.split("`").map((part, place) => (place % 2 === 1 ? <code>{part}</code> : part));
}
