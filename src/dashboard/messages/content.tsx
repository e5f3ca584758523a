/** What a message says: its texts, its files, its header fields; nothing of it is run, and nothing is fetched for it. */
import type { OneMessage, Preview } from "../../client/types.ts";
import { Facts } from "../parts/facts.tsx";
import { counted } from "../parts/numbers.ts";
import { sizeText } from "../parts/size.ts";
import { Table } from "../parts/table.tsx";
import { Verbatim } from "../parts/verbatim.tsx";
import { hrefOf } from "./links.ts";
import { short } from "./short.ts";

export function Content({ message, back }: { message: OneMessage; back: string }) {
  const { pk, preview } = message;
  const at = hrefOf(pk);
  if (preview === undefined || preview === null)
    return (
      <>
        <h2>What it says</h2>
        <p class="soft">Nothing of it is kept: it was refused when it came in.</p>
      </>
    );
  return (
    <>
      <h2>What it says</h2>
      <Head preview={preview} />
      <Texts preview={preview} frame={`${at}/body`} />
      <Files preview={preview} />
      <p class="row">
        <a class="button" href={`${at}/source?${new URLSearchParams({ back })}`}>
          Source
        </a>
        <a class="button" href={`${at}/raw`} download>
          Download as .eml
        </a>
      </p>
    </>
  );
}

function Head({ preview }: { preview: Preview }) {
  const { from, reply_to, return_path, message_id, headers, tags, metadata, size } = preview;
  return (
    <>
      <Facts
        facts={{
          From: from,
          "Reply-To": reply_to?.join(", "),
          "Envelope sender": return_path === "" ? "<>" : return_path,
          "Message-ID": message_id,
          Tags: labels(tags),
          Metadata: labels(metadata),
          Size: `${sizeText(size)}, as it is stored`,
        }}
      />
      {headers.length > 0 && (
        <details>
          <summary>{counted(headers.length, "header field")}</summary>
          <Table label="Header fields" columns={[{ name: "Field" }, { name: "Value" }]}>
            {headers.map(({ name, value }) => (
              <tr>
                <th scope="row">{name}</th>
                <td class="words">{value}</td>
              </tr>
            ))}
          </Table>
        </details>
      )}
    </>
  );
}

function labels(named: Record<string, string> | undefined): string | undefined {
  if (named === undefined) return undefined;
  return Object.entries(named)
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ");
}

function Texts({ preview, frame }: { preview: Preview; frame: string }) {
  const { text, html, text_whole, html_whole, ready_made } = preview;
  if (text === null && html === null)
    return (
      <p class="soft">{ready_made ? "No text could be read out of it: the source shows it all." : "It has no text."}</p>
    );
  return (
    <>
      {html !== null && (
        <>
          <h3>HTML</h3>
          <p class="hint">Pictures from elsewhere are not loaded, links lead nowhere, and nothing in it runs.</p>
          {!html_whole && <Beginning />}
          <iframe class="letter" sandbox="" src={frame} title="The message's HTML" />
        </>
      )}
      {text !== null && (
        <>
          <h3>Text</h3>
          {!text_whole && <Beginning />}
          <Verbatim label="The message's text" text={text} />
        </>
      )}
    </>
  );
}

export function Beginning() {
  return <p class="warning">This is the beginning: the first 256 KiB. The download has all of it.</p>;
}

const COLUMNS = [{ name: "File" }, { name: "Kind" }, { name: "Size", isNumber: true }, { name: "From where" }];
const LONGEST_NAME = 200;

function Files({ preview: { attachments } }: { preview: Preview }) {
  if (attachments.length === 0) return null;
  return (
    <>
      <h3>Attachments</h3>
      <Table label="Attachments" columns={COLUMNS}>
        {attachments.map(({ filename, mime_type, size, disposition, content_id, fetch_mode, storage_path }) => (
          <tr>
            <td class="name">{filename === "" ? "without a name" : short(filename, LONGEST_NAME)}</td>
            <td>
              {mime_type}
              {(disposition === "inline" || content_id !== null) && <div class="soft">shown in the text</div>}
            </td>
            <td class="number">{size === null ? "" : sizeText(size)}</td>
            <td class="words">
              {fetch_mode === null
                ? "in the message"
                : `brought when it goes (${fetch_mode}): ${short(storage_path ?? "", LONGEST_NAME)}`}
            </td>
          </tr>
        ))}
      </Table>
      <p class="hint">Files in the message are in its download.</p>
    </>
  );
}
