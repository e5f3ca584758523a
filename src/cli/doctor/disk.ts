/** Whether there is room on the disks, and whether the folders that are written to can be. */
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { reason } from "../../errors.ts";
import { filePath } from "../../runtimes/database.ts";
import { about, failed, ok, type Told, type Verdict, warning } from "./finding.ts";
import type { Machine } from "./patient.ts";
import { sizeText } from "./words.ts";

const MIB = 1024 * 1024;
/** What the log beside the database grows to before its pages are moved (runtimes/embedded.ts): below that, commits fail soon. */
const LEAST = 32 * MIB;
const LITTLE = 512 * MIB;
const FEW_FILES = 1_000;

export interface Room {
  bytes: number;
  /** How many more files there may be; undefined where the file system does not count. */
  files: number | undefined;
}

export function* checkDisk({ settings, instance }: Machine): Generator<Told> {
  const { databaseUrl, cacheDiskDir, cacheDiskMaxMb, attachmentDir } = settings;
  const database = databaseUrl.startsWith("file:") ? dirname(filePath(databaseUrl)) : undefined;
  if (database !== undefined) yield* ofFolder(database, "of the database", true);
  if (cacheDiskDir !== undefined && cacheDiskMaxMb > 0) yield* ofFolder(cacheDiskDir, "of the cache", true);
  if (attachmentDir !== undefined) yield* ofFolder(attachmentDir, "of attachments", false);
  if (database === undefined && existsSync(instance.folder)) yield* ofFolder(instance.folder, "of the instance", true);
}

function* ofFolder(folder: string, whose: string, isWritten: boolean): Generator<Told> {
  const subject = `folder ${whose}`;
  const standing = isWritten ? nearestOf(folder) : folder;
  const access = isWritten ? constants.W_OK | constants.X_OK : constants.R_OK | constants.X_OK;
  try {
    accessSync(standing, access);
    if (isWritten) yield about(subject, judgeRoom(roomIn(standing), standing));
    else yield about(subject, ok(`${folder} can be read`));
  } catch (error) {
    const advice = `make it a folder that this user may ${isWritten ? "write to" : "read"}`;
    yield about(subject, failed(`${folder} cannot be used: ${reason(error)}`, advice));
  }
}

/** A folder that is made when it is needed is made in the nearest one above that is there. */
function nearestOf(folder: string): string {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function roomIn(folder: string): Room {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  return { bytes: bavail * bsize, files: files > 0 ? ffree : undefined };
}

export function judgeRoom({ bytes, files }: Room, folder: string): Verdict {
  const text = `${sizeText(bytes)} free for ${folder}`;
  const advice =
    "remove what is not needed there, or move the folder to a larger disk; finished messages go with: cleanup";
  if (bytes < LEAST)
    return failed(`only ${text}: messages are not accepted any more where nothing can be written`, advice);
  if (files !== undefined && files < FEW_FILES)
    return failed(`only ${files} files more on the disk of ${folder}`, advice);
  return bytes < LITTLE ? warning(`only ${text}`, advice) : ok(text);
}
