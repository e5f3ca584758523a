/** daticert.xml, in which certified mail says for machines what its receipts say for people (RFC 6109 4.4). */
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { MOST_RECIPIENTS, MOST_XML } from "./limits.ts";
import { decoded, type Mail, type Part } from "./mail.ts";

export interface Daticert {
  /** `destinatari`: whom the message was for. */
  recipients: string[];
  /** `consegna`: whom this receipt is about. */
  delivered: string[];
  /** `ricezione`: for whom a provider has taken charge. */
  takenOn: string[];
  /** `msgid`: the message as its sender named it. */
  messageId: string | undefined;
  provider: string | undefined;
  /** `errore-esteso`, else the kind of error unless it is `nessuno`. */
  error: string | undefined;
}

/** Nothing where it is missing, broken or larger than any of its kind: the rest of the receipt is read all the same. */
export function readDaticert(mail: Mail): Daticert | undefined {
  const part = mail.parts.find(isDaticert);
  const root = part === undefined || part.content.length > MOST_XML ? undefined : parsed(decoded(part.content));
  return root === undefined ? undefined : toDaticert(root);
}

function isDaticert({ type, fileName, content }: Part): boolean {
  if (fileName === "daticert.xml") return true;
  return /^(?:application|text)\/xml$/.test(type) && decoded(content, 1_024).includes("<postacert");
}

/** No document type is read and no entity expanded: parse-xml knows only the five of XML itself. */
function parsed(xml: string): XmlElement | undefined {
  try {
    return parseXml(xml.trim().replace(/^\ufeff/, ""), { ignoreUndefinedEntities: true }).root ?? undefined;
  } catch {
    return undefined;
  }
}

function toDaticert(root: XmlElement): Daticert {
  const { errore: kind } = root.attributes;
  const [error] = textsOf(root, "errore-esteso");
  return {
    recipients: textsOf(root, "destinatari"),
    delivered: textsOf(root, "consegna"),
    takenOn: textsOf(root, "ricezione"),
    messageId: textsOf(root, "msgid")[0],
    provider: textsOf(root, "gestore-emittente")[0],
    error: error ?? (kind === "nessuno" ? undefined : kind),
  };
}

/** The elements stand in one of the two that the root has, `intestazione` and `dati`. */
function textsOf(root: XmlElement, name: string): string[] {
  const groups = root.children.filter((child) => child instanceof XmlElement);
  const elements = groups.flatMap(({ children }) => children.filter((child) => child instanceof XmlElement));
  const texts = elements.filter((element) => element.name === name).map(({ text }) => text.trim());
  return texts.filter((text) => text !== "").slice(0, MOST_RECIPIENTS);
}
