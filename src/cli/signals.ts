/** Ctrl-C and SIGTERM: the first asks for an orderly end, a second one ends the process at once. */

/** npm passes Ctrl-C on to a child that the terminal has told already: so soon it is no second wish. */
const ECHO_MS = 500;

export function untilAskedToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (askedAt !== undefined && performance.now() - askedAt > ECHO_MS) process.exit(1);
      askedAt ??= performance.now();
      resolve(signal);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}
