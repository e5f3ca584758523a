/**
 * What a store's URL says.
 *
 * `s3://KEY:SECRET@bucket/prefix?region=...&endpoint=https://...`, `gs://` alike with an HMAC key, `az://ACCOUNT:KEY@container/prefix`
 * or `az://ACCOUNT@container/prefix?SAS`, `r2://BINDING/prefix`, `file:///folder`. Of the first three, `links=proxy` says that
 * readers cannot reach the endpoint.
 */
import { urlIn } from "../../url.ts";

interface Place {
  /** Segments before every path in the store. */
  prefix: string[];
}

/** S3 and what speaks its protocol. */
export interface S3Place extends Place {
  kind: "s3" | "gs";
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  endpoint: URL;
  /** Readers may be sent to the endpoint. */
  direct: boolean;
  bucket: string;
}

export interface AzurePlace extends Place {
  kind: "az";
  account: string;
  /** How requests are authorised: an account's key (base64), or a shared access signature as Azure hands it out. */
  credentials: { key: string } | { sas: string };
  endpoint: URL;
  /** Readers may be sent to the endpoint. */
  direct: boolean;
  container: string;
}

export interface BucketPlace extends Place {
  kind: "r2";
  binding: string;
}

export interface FolderPlace {
  kind: "file";
  url: string;
}

export type StorePlace = S3Place | AzurePlace | BucketPlace | FolderPlace;

const FORMS = "must begin with s3:, gs:, az:, r2: or file:";
const UNREADABLE = "is not a URL; a / or @ inside of a key is written as %2F or %40";

/** What the URL names, or why it names nothing, in words that go on after the field's name. */
export function parseStoreUrl(text: string): StorePlace | { fault: string } {
  const scheme = /^(s3|gs|az|r2|file):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { fault: FORMS };
  const url = urlIn(text);
  if (url === undefined) return { fault: UNREADABLE };
  try {
    if (scheme === "file") return folder(url);
    if (scheme === "r2") return bucket(url);
    return scheme === "az" ? azure(url) : s3(url, scheme === "gs" ? "gs" : "s3");
  } catch (error) {
    // decodeURIComponent's, of a percent sign that begins no escape.
    if (error instanceof URIError) return { fault: UNREADABLE };
    throw error;
  }
}

/** The same as a check: undefined where the URL names a store. */
export function storeUrlFault(text: string): string | undefined {
  const place = parseStoreUrl(text);
  return "fault" in place ? place.fault : undefined;
}

/** Where requests go to; undefined for what is no server. */
export function storeEndpoint(place: StorePlace): URL | undefined {
  return "endpoint" in place ? place.endpoint : undefined;
}

function folder(url: URL): StorePlace | { fault: string } {
  if (url.host !== "") return { fault: "must name a folder of this machine: file:///folder" };
  return { kind: "file", url: `file://${url.pathname}` };
}

function bucket(url: URL): StorePlace | { fault: string } {
  if (!/^\w+$/.test(url.host)) return { fault: "must name a binding: r2://BINDING/prefix" };
  return { kind: "r2", binding: url.host, prefix: prefixOf(url) };
}

/** How a bucket or container may be called, over all that are spoken to. */
const BUCKET = /^[A-Za-z0-9$][\w.-]{1,221}$/;

function s3(url: URL, kind: "s3" | "gs"): StorePlace | { fault: string } {
  const { accessKeyId, secretAccessKey } = { accessKeyId: url.username, secretAccessKey: url.password };
  if (!BUCKET.test(url.host)) return { fault: `must name a bucket: ${kind}://KEY:SECRET@bucket/prefix` };
  if (accessKeyId === "" || secretAccessKey === "")
    return { fault: `must hold an access key: ${kind}://KEY:SECRET@bucket/prefix` };
  const { region = kind === "s3" ? "us-east-1" : "auto", endpoint: given, links, ...others } = parametersOf(url);
  const [other] = Object.keys(others);
  if (other !== undefined) return { fault: `has no parameter ${other}; there are region, endpoint and links` };
  if (links !== undefined && links !== "proxy") return { fault: LINKS };
  if (!/^[a-z0-9-]+$/.test(region)) return { fault: "has a region that is none" };
  const standard = kind === "s3" ? `https://s3.${region}.amazonaws.com` : "https://storage.googleapis.com";
  const endpoint = endpointOf(given ?? standard);
  if (endpoint === undefined) return { fault: ENDPOINT };
  return {
    kind,
    accessKeyId: decodeURIComponent(accessKeyId),
    secretAccessKey: decodeURIComponent(secretAccessKey),
    region,
    endpoint,
    direct: links === undefined,
    bucket: url.host,
    prefix: prefixOf(url),
  };
}

function azure(url: URL): StorePlace | { fault: string } {
  const account = url.username;
  if (!BUCKET.test(url.host) || !/^[a-z0-9]{3,24}$/.test(account))
    return { fault: "must name an account and a container: az://ACCOUNT:KEY@container/prefix" };
  const { endpoint: given, links, ...sas } = parametersOf(url);
  if (links !== undefined && links !== "proxy") return { fault: LINKS };
  const endpoint = endpointOf(given ?? `https://${account}.blob.core.windows.net`);
  if (endpoint === undefined) return { fault: ENDPOINT };
  const key = decodeURIComponent(url.password);
  if (key === "" && sas.sig === undefined)
    return {
      fault: "must hold the account's key or a shared access signature: az://ACCOUNT@container/prefix?sv=...&sig=...",
    };
  if (key !== "" && !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return { fault: "has an account key that is no base64" };
  const credentials = key === "" ? { sas: new URLSearchParams(sas).toString() } : { key };
  return {
    kind: "az",
    account,
    credentials,
    endpoint,
    direct: links === undefined,
    container: url.host,
    prefix: prefixOf(url),
  };
}

const LINKS = "has links that are not proxy";
const ENDPOINT = "has an endpoint that is no http or https URL without credentials";

function endpointOf(text: string): URL | undefined {
  const url = urlIn(text);
  if (url === undefined) return undefined;
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return /^https?:$/.test(url.protocol) && isPlain ? url : undefined;
}

function prefixOf({ pathname }: URL): string[] {
  return pathname
    .split("/")
    .filter((segment) => segment !== "")
    .map(decodeURIComponent);
}

function parametersOf({ searchParams }: URL): Partial<Record<string, string>> & Record<string, string> {
  return Object.fromEntries(searchParams);
}
