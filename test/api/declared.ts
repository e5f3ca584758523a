/** Holds answers against the document of the API: a status, a header or a field that it does not declare is a fault. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { type OpenApi, openApi } from "../../src/api/openapi/document.ts";

export const DOCUMENT: OpenApi = openApi("0.0.0-test");

interface Declared {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema?: object }>;
}

/** What a call that fits no operation can be answered. */
const UNDESCRIBED = [400, 401, 403, 404, 405, 413, 503];
/** More help nobody. */
const MOST_FAULTS = 5;
const NAME = "openapi.json";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false, allErrors: true });
for (const name of Object.keys(DOCUMENT)) ajv.addKeyword(name);
ajv.addSchema({ ...DOCUMENT, $id: NAME });
const compiled = new Map<string, ValidateFunction>();

/** Whether a value fits the schema that stands at this place of the document; undefined if so, else why not. */
export function faultAt(pointer: string, value: unknown): string | undefined {
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `${NAME}#${pointer}` });
  compiled.set(pointer, validate);
  if (validate(value)) return undefined;
  const faults = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath} ${message} ${params.additionalProperty ?? ""}`.trim();
  });
  return [...new Set(faults)].slice(0, MOST_FAULTS).join("; ");
}

/** Fixed names win over parameters, as in the router. */
const TEMPLATES = Object.keys(DOCUMENT.paths)
  .sort((one, other) => one.split("{").length - other.split("{").length)
  .map((template) => ({ template, pattern: new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`) }));

/** Throws where the document does not know such an answer. `target` is path and query, or a URL. */
export function checkAnswer(method: string, target: string, response: Response, text: string): void {
  if (method === "OPTIONS" || method === "HEAD") return;
  const { pathname } = new URL(target, "http://proxy.test");
  const fault = faultOf(method, decoded(pathname), response, text);
  if (fault === undefined) return;
  const place = "src/api/openapi/operations and src/api/schemas/answers*.ts declare what is answered";
  throw new Error(`${method} ${pathname} answered ${response.status}, ${fault}: ${text.slice(0, 500)} (${place})`);
}

function faultOf(method: string, path: string, response: Response, text: string): string | undefined {
  const { template } = TEMPLATES.find(({ pattern }) => pattern.test(path)) ?? {};
  const verb = method.toLowerCase();
  if (template === undefined || DOCUMENT.paths[template]?.[verb] === undefined) {
    if (!UNDESCRIBED.includes(response.status)) return "though no operation is declared there";
    return faultAt("/components/schemas/Failure", parsed(text));
  }
  const declared = DOCUMENT.paths[template][verb].responses[response.status];
  if (declared === undefined) return "a status that is not declared";
  const at =
    "$ref" in declared
      ? String(declared.$ref).slice(1)
      : pointer("paths", template, verb, "responses", response.status);
  const { headers = {}, content = {} }: Declared = resolve(at);
  const required = Object.keys(headers).filter((name) => name !== "Retry-After" || response.status === 503);
  const missing = required.filter((name) => !response.headers.has(name));
  if (missing.length > 0) return `without its ${missing.join(", ")}`;
  if (Object.keys(content).length === 0) return undefined; // a file's part, or nothing
  const type = response.headers.get("Content-Type")?.split(";")[0] ?? "";
  const media = content[type] ?? content["*/*"];
  if (media === undefined) return `${type}, a media type that is not declared`;
  if (media.schema === undefined) return undefined;
  return faultAt(`${at}/content/${escaped(type)}/schema`, parsed(text));
}

function resolve(at: string): Declared {
  let place: unknown = DOCUMENT;
  for (const name of at.slice(1).split("/")) place = Reflect.get(Object(place), unescaped(name));
  return place as Declared;
}

/** As the router reads a path. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 6901 */
export function pointer(...names: (string | number)[]): string {
  return names.map((name) => `/${escaped(String(name))}`).join("");
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function unescaped(name: string): string {
  return name.replaceAll("~1", "/").replaceAll("~0", "~");
}
