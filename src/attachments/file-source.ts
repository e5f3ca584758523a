/** Attachments by `filesystem`: files of the one folder that the operator has opened, and of no other. */
import { ConfigError } from "../config.ts";
import type { Folder, Ports } from "../ports.ts";
import { AttachmentError, type Opened } from "./content.ts";

/** Opens a file by its absolute path, or one below the folder. */
export type FileSource = (path: string) => Promise<Opened>;

/** Throws ConfigError where the setting names no folder. */
export function fileSource(attachmentDir: string | undefined, openFolder: Ports["folder"]): FileSource {
  if (attachmentDir === undefined || openFolder === undefined) return refuse;
  const home = attachmentDir.replaceAll("\\", "/").replace(/\/+$/, "");
  // A drive of Windows stands behind a slash of its own in a URL.
  const isAbsolute = attachmentDir.startsWith("/") || /^[a-z]:\//i.test(home);
  if (!isAbsolute) throw new ConfigError("MAIL_PROXY_ATTACHMENT_DIR must be an absolute path");
  const segments = home.split("/").map((segment, at) => (at === 0 ? segment : encodeURIComponent(segment)));
  const folder = openFolder(`file://${home.startsWith("/") ? "" : "/"}${segments.join("/")}/`);
  return (path) => read(folder, home, path);
}

async function refuse(): Promise<never> {
  throw new AttachmentError("lies in a file, and no folder for attachments is open here (ATTACHMENT_DIR)", true);
}

async function read(folder: Folder, home: string, path: string): Promise<Opened> {
  const below = belowHome(path, home);
  if (below === undefined) throw new AttachmentError("lies outside of the folder for attachments", true);
  const found = await folder.read(below).catch((error: unknown) => {
    throw fault(error);
  });
  if (found === "missing") throw new AttachmentError("is not in the folder for attachments", true);
  return { ...found, mimeType: undefined };
}

/** What the path names below the folder; undefined where it could name anything else. Links are the folder's to resolve. */
function belowHome(path: string, home: string): string | undefined {
  const isInside = !path.startsWith("/") || path.startsWith(`${home}/`);
  const below = path.startsWith("/") ? path.slice(home.length + 1) : path;
  const segments = below.split("/").filter((segment) => segment !== "" && segment !== ".");
  const isPlain = segments.every((segment) => segment !== ".." && !/[\\\p{Cc}]/u.test(segment));
  return isInside && isPlain && segments.length > 0 ? segments.join("/") : undefined;
}

/** What is not permitted stays so; a disk that is away comes back. */
function fault(error: unknown): AttachmentError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EACCES" || code === "EPERM" || code === "ENXIO")
    return new AttachmentError(`cannot be read in the folder for attachments (${code})`, true);
  return new AttachmentError(`cannot be read at present${code === "" ? "" : ` (${code})`}`, false);
}
