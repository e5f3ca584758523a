/** From Valibot to JSON Schema 2020-12: what a schema takes in, its transformations left aside. */
import { type JsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { emailList } from "../schemas/email.ts";
import { MessageBatch } from "../schemas/message.ts";
import { suppressionList } from "../schemas/suppressions.ts";
import { NAMED } from "./named.ts";
import { describe } from "./words.ts";

export type { JsonSchema };

/** What is checked entry by entry: to the handler's schema the entries are unknown values. */
const LISTS = new Map<unknown, string>([
  [MessageBatch.entries.messages, "Message"],
  [emailList, "Email"],
  [suppressionList, "SuppressionEntry"],
]);

export interface Converted {
  components: Record<string, JsonSchema>;
  /** Query strings are no components: their fields become parameters. */
  queries: Map<v.GenericSchema, JsonSchema>;
}

export function convert(queries: ReadonlySet<v.GenericSchema>): Converted {
  const numbered = Object.fromEntries([...queries].map((schema, at) => [`query ${at}`, schema]));
  const definitions = toJsonSchemaDefs(
    { ...NAMED, ...numbered },
    {
      target: "draft-2020-12",
      // Checks and transformations in code have no equivalent; the words describe them.
      errorMode: "ignore",
      overrideSchema: ({ valibotSchema }) => {
        const item = LISTS.get(valibotSchema);
        return item === undefined ? undefined : { type: "array", items: reference(item) };
      },
      overrideAction: ({ valibotAction, jsonSchema }) =>
        "requirement" in valibotAction && hasFlags(valibotAction.requirement) ? withoutPattern(jsonSchema) : undefined,
      overrideRef: ({ referenceId }) => reference(referenceId).$ref,
    },
  );
  const schemaOf = (name: string) => tidied(definitions[name] ?? {});
  return {
    components: Object.fromEntries(Object.keys(NAMED).map((name) => [name, describe(name, schemaOf(name))])),
    queries: new Map([...queries].map((schema, at) => [schema, schemaOf(`query ${at}`)])),
  };
}

export function reference(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function hasFlags(requirement: unknown): boolean {
  return requirement instanceof RegExp && requirement.flags !== "";
}

/** JSON Schema's patterns have no flags: one that ignores case would refuse what is taken. */
function withoutPattern({ pattern: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** What stands for a number is text in a query string, with the pattern and the default of a text. */
function tidied(schema: JsonSchema): JsonSchema {
  const { pattern, default: preset, properties, ...rest } = schema;
  const isText = rest.type === "string";
  return {
    ...rest,
    ...(isText && pattern !== undefined ? { pattern } : {}),
    ...(preset === undefined ? {} : { default: rest.type === "integer" ? Number(preset) : preset }),
    ...(properties === undefined ? {} : { properties: mapped(properties, tidied) }),
  };
}

/** Every schema of a map, those that are only yes or no left as they are. */
export function mapped(
  schemas: Record<string, JsonSchema | boolean>,
  change: (schema: JsonSchema, name: string) => JsonSchema,
): Record<string, JsonSchema | boolean> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      typeof schema === "boolean" ? schema : change(schema, name),
    ]),
  );
}
