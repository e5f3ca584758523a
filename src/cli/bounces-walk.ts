/** Asks for the mailbox that bounces come to, field by field, as `bounces set` does at a terminal where nothing was given. */
import { InstanceChanges } from "../api/schemas/instance.ts";
import { asked, askedSecret } from "./ask.ts";
import { asNumber, faultOf } from "./flags.ts";

const { bounce_imap_host, bounce_imap_port, bounce_imap_user, bounce_imap_password, bounce_imap_folder } =
  InstanceChanges.entries;
const { bounce_return_path } = InstanceChanges.entries;

/** RFC 8314 7.2: on 993 TLS begins with the first byte. */
const IMAPS = "993";

/** The settings by the API's names; the mailbox is read from then on. */
export async function walkThroughMailbox(): Promise<Record<string, unknown>> {
  const host = await needed("IMAP server", bounce_imap_host);
  const port = await asked({
    label: "Port",
    standard: IMAPS,
    fault: (answer) => faultOf(bounce_imap_port, asNumber(answer)),
  });
  const user = await needed("User", bounce_imap_user);
  const password = await askedSecret({
    label: `Password of ${user}`,
    fault: (answer) => faultOf(bounce_imap_password, answer),
  });
  const folder = await asked({
    label: "Folder",
    standard: "INBOX",
    fault: (answer) => faultOf(bounce_imap_folder, answer),
  });
  const returnPath = await asked({
    label: "Where bounces are to go, such as bounces+*@example.com (Enter to leave it as it is)",
    fault: (answer) => (answer === "" ? undefined : faultOf(bounce_return_path, answer)),
  });
  return {
    bounce_enabled: true,
    bounce_imap_host: host,
    bounce_imap_port: Number(port),
    bounce_imap_ssl: null, // as its port has it, whatever was said of another server
    bounce_imap_user: user,
    bounce_imap_password: password,
    bounce_imap_folder: folder,
    ...(returnPath === "" ? {} : { bounce_return_path: returnPath }),
  };
}

function needed(label: string, schema: Parameters<typeof faultOf>[0]): Promise<string> {
  return asked({ label, fault: (answer) => (answer === "" ? "something is needed here" : faultOf(schema, answer)) });
}
