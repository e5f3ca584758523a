/** The text that Prometheus reads (text exposition format 0.0.4): each name once, with its help, its type and its samples. */

export type Labels = Record<string, string>;

export interface Sample {
  labels?: Labels;
  value: number;
}

/** So many took at most that long; the last bucket counts all. */
export interface Buckets {
  buckets: readonly { seconds: number; count: number }[];
  sumSeconds: number;
}

export function counter(name: string, help: string, samples: readonly Sample[]): string {
  return head(name, help, "counter") + lines(name, samples);
}

export function gauge(name: string, help: string, samples: number | readonly Sample[]): string {
  return head(name, help, "gauge") + lines(name, typeof samples === "number" ? [{ value: samples }] : samples);
}

export function histogram(name: string, help: string, { buckets, sumSeconds }: Buckets): string {
  const samples = buckets.map(({ seconds, count }): Sample => {
    return { labels: { le: Number.isFinite(seconds) ? String(seconds) : "+Inf" }, value: count };
  });
  const all = [{ value: buckets.at(-1)?.count ?? 0 }];
  return [
    head(name, help, "histogram"),
    lines(`${name}_bucket`, samples),
    lines(`${name}_sum`, [{ value: sumSeconds }]),
    lines(`${name}_count`, all),
  ].join("");
}

function head(name: string, help: string, type: "counter" | "gauge" | "histogram"): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function lines(name: string, samples: readonly Sample[]): string {
  return samples.map(({ labels = {}, value }) => `${name}${labelled(labels)} ${value}\n`).join("");
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Label values escape what would end them. */
function escaped(label: string): string {
  return label.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
