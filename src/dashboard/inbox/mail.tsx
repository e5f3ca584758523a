/** One mail of the inbox: whom its envelope named, what its reader sees, its files, its header, and its bytes. */
import type { InboxMail } from "../../client/types.ts";
import { Facts } from "../parts/facts.tsx";
import { sizeText } from "../parts/size.ts";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { Verbatim } from "../parts/verbatim.tsx";
import { HERE } from "./list.tsx";

type Mail = InboxMail["message"];

export function MailPage({ mail }: { mail: Mail }) {
  const { n, subject, from, to, cc, envelope, date, received_ts, html, text, headers, raw } = mail;
  return (
    <>
      <p>
        <a href={HERE}>Inbox</a>
      </p>
      <h1>{subject || "(no subject)"}</h1>
      <Facts
        facts={{
          From: from,
          To: to.join(", "),
          Cc: cc.length === 0 ? undefined : cc.join(", "),
          Envelope: `${envelope.mail_from || "<>"} to ${envelope.rcpt_to.join(", ")}`,
          Date: date === null ? undefined : sentText(date),
          Arrived: <Time ts={received_ts} />,
        }}
      />
      {html !== null && (
        <>
          <h2>HTML</h2>
          <p class="hint">Pictures from elsewhere are not loaded, links lead nowhere, and nothing in it runs.</p>
          <iframe class="letter" sandbox="" src={`${HERE}/${n}/html`} title="The mail's HTML" />
        </>
      )}
      {text !== null && (
        <>
          <h2>Text</h2>
          <Verbatim label="The mail's text" text={text} />
        </>
      )}
      <Files mail={mail} />
      <h2>Header</h2>
      <Verbatim label="Header fields" text={headers.map(({ name, value }) => `${name}: ${value}`).join("\n")} />
      <details>
        <summary>Source</summary>
        <Verbatim label="The mail's source" text={raw} />
      </details>
      <p>
        <a class="button" href={`${HERE}/${n}/raw`} download>
          Download as .eml
        </a>
      </p>
    </>
  );
}

/** As the mail says it, whatever it says. */
function sentText(date: string) {
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? date : <Time ts={ms / 1000} />;
}

const COLUMNS = [{ name: "File" }, { name: "Kind" }, { name: "Size", isNumber: true }];

function Files({ mail: { n, attachments } }: { mail: Mail }) {
  if (attachments.length === 0) return null;
  return (
    <>
      <h2>Attachments</h2>
      <Table label="Attachments" columns={COLUMNS}>
        {attachments.map(({ filename, mime_type, size }, position) => (
          <tr>
            <td class="wide">
              <a href={`${HERE}/${n}/attachments/${position}`} download>
                {filename || "attachment"}
              </a>
            </td>
            <td>{mime_type}</td>
            <td class="number">{sizeText(size)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
