/** How a command ends: 0 when it did what was asked, 1 when that failed, 2 when it was asked wrongly, 130 when it was broken off. */

/** What was asked for could not be done; the message is for the person who asked. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** The command line itself is wrong, or lacks something that nobody is there to be asked for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The person pressed Ctrl-C instead of answering: as if a signal had ended the process. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";

  constructor() {
    super("cancelled, nothing was changed");
  }
}

/** 128 and the number of SIGINT, as shells have it. */
export const CANCELLED_EXIT_CODE = 130;
