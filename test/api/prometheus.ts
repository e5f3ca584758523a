/** A strict reader of the text exposition format 0.0.4: what a scraper would only guess at is a fault here. */

export interface Family {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const HEAD = /^# HELP ([a-zA-Z_:][\w:]*) (.+)\n# TYPE \1 (counter|gauge|histogram)\n/;
const SAMPLE =
  /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)\n/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"/g;

/** By name, in order. Throws where the text is none. */
export function families(text: string): Family[] {
  const found = new Map<string, Family>();
  let rest = text;
  while (rest !== "") {
    const [head, name = "", help = "", type = ""] = HEAD.exec(rest) ?? fault("no HELP and TYPE", rest);
    if (found.has(name)) fault(`${name} comes twice`, rest);
    rest = rest.slice(head.length);
    const family: Family = { name, help, type: type as Family["type"], samples: [] };
    found.set(name, family);
    rest = takeSamples(family, rest);
    check(family);
  }
  return [...found.values()];
}

function takeSamples(family: Family, text: string): string {
  let rest = text;
  while (rest !== "" && !rest.startsWith("#")) {
    const [line, name = "", labels = "", value = ""] = SAMPLE.exec(rest) ?? fault("no sample", rest);
    const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (!suffixes.some((suffix) => name === family.name + suffix)) fault(`${name} below ${family.name}`, rest);
    const pairs = [...labels.matchAll(LABEL)].map(([, label = "", escaped = ""]) => [label, unescaped(escaped)]);
    family.samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value.replace("Inf", "Infinity")) });
    rest = rest.slice(line.length);
  }
  return rest;
}

function check({ name, type, samples }: Family): void {
  const keys = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  if (new Set(keys).size < keys.length) fault(`${name} has a sample twice`, keys.join("\n"));
  if (type === "counter" && samples.some(({ value }) => !(value >= 0))) fault(`${name} is below 0`, "");
  if (type === "counter" && !name.endsWith("_total")) fault(`${name} is a counter without _total`, "");
  if (type !== "histogram") return;
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => Number(labels.le?.replace("Inf", "Infinity")));
  const counts = buckets.map(({ value }) => value);
  const isSorted = (list: number[]) => list.every((value, n) => n === 0 || value >= list[n - 1]!);
  if (!isSorted(bounds) || !isSorted(counts)) fault(`${name} has buckets that fall`, JSON.stringify(samples));
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY) fault(`${name} has no bucket for +Inf`, "");
  const all = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (all !== counts.at(-1)) fault(`${name}_count is not what its last bucket counts`, "");
  if (!samples.some((sample) => sample.name === `${name}_sum`)) fault(`${name} has no sum`, "");
}

function unescaped(label: string): string {
  return label.replace(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one));
}

function fault(what: string, text: string): never {
  throw new Error(`${what}: ${text.slice(0, 200)}`);
}
