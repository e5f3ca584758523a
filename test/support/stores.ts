/** Real object stores on this machine: an S3 server and Azure's emulator, both fetched at the first time. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { temporaryFolder } from "./database.ts";
import { fetchProgram } from "./programs.ts";

const S3RVER = ["s3rver@3.7.1"];
const AZURITE = ["azurite@3.35.0"];

export interface RunningStore {
  /** Of the storage URL: everything but the path. */
  url(path?: string, parameters?: Record<string, string>): string;
  endpoint: string;
  end(): Promise<void>;
}

/** With a bucket `files`; or the reason why there is none on this machine. */
export async function startS3(folder = temporaryFolder()): Promise<RunningStore | { unavailable: string }> {
  const program = await fetchProgram(S3RVER, "s3rver");
  if (program === undefined) return { unavailable: `${S3RVER} cannot be had on this machine` };
  const words = ["-d", folder, "-a", "127.0.0.1", "-p", "0", "--configure-bucket", "files"];
  const { said, end } = await started(program, words, /listening on (?:http:\/\/)?(\S+:\d+)/i);
  const endpoint = `http://${said}`;
  return {
    endpoint,
    end,
    url: (path = "", more = {}) => storeUrl("s3://S3RVER:S3RVER@files", path, { endpoint, ...more }),
  };
}

/** The emulator's own account, which everybody knows. */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

export interface RunningAzurite extends RunningStore {
  account: string;
  key: string;
}

/** With a container `files`; or the reason why there is none on this machine. */
export async function startAzurite(folder = temporaryFolder()): Promise<RunningAzurite | { unavailable: string }> {
  const program = await fetchProgram(AZURITE, "azurite-blob");
  if (program === undefined) return { unavailable: `${AZURITE} cannot be had on this machine` };
  const words = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--location", folder, "--disableTelemetry"];
  const { said, end } = await started(program, words, /listens on http:\/\/(\S+:\d+)/i);
  const endpoint = `http://${said}/${ACCOUNT}`;
  await createContainer(endpoint);
  const login = `az://${ACCOUNT}:${encodeURIComponent(KEY)}@files`;
  return {
    endpoint,
    end,
    account: ACCOUNT,
    key: KEY,
    url: (path = "", more = {}) => storeUrl(login, path, { endpoint, ...more }),
  };
}

function storeUrl(base: string, path: string, parameters: Record<string, string>): string {
  return `${base}${path}?${new URLSearchParams(parameters)}`;
}

/** "Authorize with Shared Key": a container cannot be made with a signature for blobs. */
async function createContainer(endpoint: string): Promise<void> {
  const date = new Date().toUTCString();
  const headers = [`x-ms-date:${date}`, "x-ms-version:2021-12-02"];
  const lines = ["PUT", ...Array(11).fill(""), ...headers, `/${ACCOUNT}/${ACCOUNT}/files`, "restype:container"];
  const signature = createHmac("sha256", Buffer.from(KEY, "base64")).update(lines.join("\n")).digest("base64");
  const answer = await fetch(`${endpoint}/files?restype=container`, {
    method: "PUT",
    headers: { "x-ms-date": date, "x-ms-version": "2021-12-02", Authorization: `SharedKey ${ACCOUNT}:${signature}` },
  });
  if (answer.status !== 201) throw new Error(`no container: ${answer.status} ${await answer.text()}`);
}

/** Settles once the program has said where it listens. */
async function started(
  program: string,
  words: string[],
  ready: RegExp,
): Promise<{ said: string; end(): Promise<void> }> {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(child, "close");
  const end = async () => {
    child.kill("SIGKILL");
    await gone;
  };
  return { said: await heard(child, ready), end };
}

function heard(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (text: string) => {
      said += text;
      const [, address] = ready.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("close", () => reject(new Error(`the store ended before it was ready: ${said}`)));
  });
}
