/** The software bill of materials of a binary: CycloneDX 1.6 (ECMA-424) as JSON. */
import { randomUUIDv5 } from "bun";
import manifest from "../../package.json" with { type: "json" };
import type { Package } from "./packages.ts";
import type { Platform } from "./platforms.ts";
import { commit, commitTime } from "./root.ts";

export function billOfMaterials(platform: Platform, packages: readonly Package[]): string {
  const self = `pkg:generic/mail-proxy@${manifest.version}?platform=${platform.name}`;
  const components = packages.map(component);
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    // The same for the same commit: a bill, too, can be built again.
    serialNumber: `urn:uuid:${randomUUIDv5(`${self} ${commit()}`, "url")}`,
    version: 1,
    metadata: {
      timestamp: new Date(commitTime() * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": self,
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        purl: self,
        licenses: [{ license: { id: manifest.license } }],
        ...(commit() === "" ? {} : { properties: [{ name: "mail-proxy:commit", value: commit() }] }),
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map(({ purl }) => purl) }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function component({ name, version, license, sha512 }: Package) {
  // purl: a scope is a namespace, and its @ is percent-encoded.
  const purl = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  const [group, rest] = name.startsWith("@") ? name.split("/") : [undefined, name];
  return {
    type: "library",
    "bom-ref": purl,
    ...(group === undefined ? {} : { group }),
    name: rest,
    version,
    scope: "required",
    purl,
    licenses: [/[ (]/.test(license) ? { expression: license } : { license: { id: license } }],
    hashes: [{ alg: "SHA-512", content: sha512 }],
  };
}
