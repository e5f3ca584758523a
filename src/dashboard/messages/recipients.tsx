/** Whom a message goes to, and what the servers said of each. */
import type { OneMessage } from "../../client/types.ts";
import { Badge } from "../parts/badge.tsx";
import { Table } from "../parts/table.tsx";

/** More are shown on demand. */
export const MOST_SHOWN = 100;

const COLUMNS = ["Recipient", "Named in", "State", "Code", "The server's words"].map((name) => ({ name }));

interface RecipientsProps {
  recipients: OneMessage["recipients"];
  /** Where all of them are shown; undefined where they are. */
  all: string | undefined;
}

export function Recipients({ recipients, all }: RecipientsProps) {
  const shown = all === undefined ? recipients : recipients.slice(0, MOST_SHOWN);
  return (
    <>
      <h2>{recipients.length === 1 ? "Recipient" : `${recipients.length} recipients`}</h2>
      {recipients.length === 0 && <p class="soft">None is kept: it was refused when it came in.</p>}
      {recipients.length > 0 && (
        <Table label="Recipients" columns={COLUMNS}>
          {shown.map(({ address, kind, status, code, enhanced_code, text }) => (
            <tr>
              <td class="name">
                <span class="id">{address}</span>
              </td>
              <td>{kind}</td>
              <td>
                <Badge state={status} />
              </td>
              <td>{[code, enhanced_code].filter((part) => part !== null).join(" ")}</td>
              <td class="words">{text}</td>
            </tr>
          ))}
        </Table>
      )}
      {all !== undefined && shown.length < recipients.length && (
        <p>
          <a href={all}>Show all {recipients.length} recipients</a>
        </p>
      )}
    </>
  );
}
