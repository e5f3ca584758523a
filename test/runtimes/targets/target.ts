/** What the conformance suite asks of a target: a runtime and a database, and a way to start the proxy on them. */

export type Runtime = "binary" | "node 20" | "node 24" | "deno" | "workerd";
export type DatabaseKind = "file" | "sqld";

/** What a promise may need, and not every target has. */
export type Feature = "remote database" | "own certificates" | "orderly stop" | "SMTP port" | "open pages";

export interface Target {
  runtime: Runtime;
  database: DatabaseKind;
  /** What cannot be had here, each with its reason in a few words. */
  lacks: Partial<Record<Feature, string>>;
  /** Builds or fetches what is started later, and hands over how to clean up after it. */
  prepare(atEnd: AtEnd): Promise<Launch | Unavailable>;
}

export type AtEnd = (clean: () => unknown) => void;

/** The reason why this machine cannot run the target. */
export interface Unavailable {
  unavailable: string;
}

/** Starts a proxy in a folder that it may know from an earlier start; settings by their names without `MAIL_PROXY_`. */
export type Launch = (folder: string, settings: Record<string, string>) => Promise<Running>;

/** A proxy that answers. */
export interface Running {
  url: string;
  /** What time alone sets off. Only where nothing runs between requests has this to be called: the Worker's cron. */
  tick(): Promise<void>;
  /** As an operator would; answers the exit code. */
  stop(): Promise<number | null>;
  /** As a power cut would; settles when it is gone. */
  kill(): Promise<void>;
}

/** `binary on file`: how tests and the table of runtimes call it. */
export function nameOf({ runtime, database }: Target): string {
  return `${runtime} on ${database}`;
}

/** A file does not go away while the proxy runs. */
export function lacksOf(database: DatabaseKind): Target["lacks"] {
  return database === "file" ? { "remote database": "the queue is a file on its own disk" } : {};
}
