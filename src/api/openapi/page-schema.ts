/** The part of the page's script that draws schemas: a table of fields, each leading further down where there is more. */
export const PAGE_SCHEMA = `
function resolved(schema) {
  if (!schema.$ref) return schema;
  const found = schema.$ref.slice(2).split("/").reduce((place, name) => place[name], spec);
  return resolved(found);
}

const nameOf = ({ $ref }) => $ref?.split("/").at(-1);

// The kinds that a value may have, in a few words.
function kindOf(schema) {
  if (schema.$ref) return nameOf(schema);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map(kindOf))].join(" | ");
  if (schema.allOf) return kindOf(schema.allOf[0]);
  if (schema.type === "array") return kindOf(schema.items ?? {}) + "[]";
  return schema.type ?? "any";
}

function bounds({ minimum, maximum, minLength, maxLength, pattern, default: preset }) {
  const range = [minimum, maximum].some((bound) => bound !== undefined) ? (minimum ?? "") + " to " + (maximum ?? "") : "";
  const length = maxLength === undefined ? "" : (minLength ?? 0) + " to " + maxLength + " characters";
  return [range, length, pattern, preset === undefined ? "" : "default " + preset].filter(Boolean).join(", ");
}

function row(name, required, schema, description) {
  const inner = innerOf(schema);
  const kind = [kindOf(schema), bounds(schema)].filter(Boolean).join(", ");
  return node("tr", {}, node("td", {}, node("code", { textContent: name + (required ? " *" : "") })),
    node("td", {}, ...words(description ?? resolved(schema).description), node("span", { className: "kind", textContent: kind }),
      ...(inner ? [later(inner)] : [])));
}

// The object that stands in a value, however deep in lists and alternatives.
function innerOf(schema) {
  const own = resolved(schema);
  if (own.properties) return schema;
  for (const option of own.anyOf ?? own.oneOf ?? own.allOf ?? (own.items ? [own.items] : [])) {
    const inner = innerOf(option);
    if (inner) return inner;
  }
}

// Its fields are drawn when they are asked for.
function later(schema) {
  const made = node("details", {}, node("summary", { textContent: nameOf(schema) ?? "fields" }));
  made.addEventListener("toggle", () => {
    if (made.open && made.children.length === 1) made.append(fieldsOf(resolved(schema)));
  });
  return made;
}

function fieldsOf({ properties, required = [] }) {
  return node("table", {}, ...Object.entries(properties).map(([name, schema]) =>
    row(name, required.includes(name), schema, schema.description)));
}

function drawSchema(schema) {
  const inner = innerOf(schema);
  return inner ? later(inner) : node("span", { className: "kind", textContent: kindOf(schema) });
}
`;
