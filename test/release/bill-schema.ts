/** What CycloneDX 1.6 (ECMA-424) demands of the parts that our bills of materials have. */

const license = {
  anyOf: [
    {
      type: "object",
      required: ["license"],
      additionalProperties: false,
      properties: {
        license: { type: "object", required: ["id"], properties: { id: { type: "string", minLength: 1 } } },
      },
    },
    {
      type: "object",
      required: ["expression"],
      additionalProperties: false,
      properties: { expression: { type: "string", minLength: 1 } },
    },
  ],
};

const component = {
  type: "object",
  required: ["type", "name"],
  additionalProperties: false,
  properties: {
    type: { enum: ["application", "framework", "library", "container", "platform", "operating-system", "file"] },
    "bom-ref": { type: "string", minLength: 1 },
    group: { type: "string" },
    name: { type: "string", minLength: 1 },
    version: { type: "string", maxLength: 1024 },
    description: { type: "string" },
    scope: { enum: ["required", "optional", "excluded"] },
    purl: { type: "string", pattern: "^pkg:[a-z]+/[^@]+@[^@]+$" },
    licenses: { type: "array", minItems: 1, items: license },
    hashes: {
      type: "array",
      items: {
        type: "object",
        required: ["alg", "content"],
        properties: { alg: { const: "SHA-512" }, content: { type: "string", pattern: "^[a-f0-9]{128}$" } },
      },
    },
    properties: {
      type: "array",
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, value: { type: "string" } },
      },
    },
  },
};

export const BILL = {
  type: "object",
  required: ["bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies"],
  additionalProperties: false,
  properties: {
    $schema: { const: "http://cyclonedx.org/schema/bom-1.6.schema.json" },
    bomFormat: { const: "CycloneDX" },
    specVersion: { const: "1.6" },
    serialNumber: {
      type: "string",
      pattern: "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    },
    version: { type: "integer", minimum: 1 },
    metadata: {
      type: "object",
      required: ["timestamp", "component"],
      properties: {
        timestamp: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" },
        component,
      },
    },
    components: { type: "array", minItems: 1, items: component },
    dependencies: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["ref"],
        properties: {
          ref: { type: "string" },
          dependsOn: { type: "array", uniqueItems: true, items: { type: "string" } },
        },
      },
    },
  },
};
