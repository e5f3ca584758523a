/**
 * How a command ends: 0 when it did what was asked, 1 when that failed, 2 when it was asked wrongly, 75 when what a mail server
 * gave it is worth another try, 130 when it was broken off.
 */

/** What was asked for could not be done; the message is for the person who asked. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** The same, and it may be done later. */
export class NotNow extends Failure {}

/** EX_TEMPFAIL of sysexits.h: a mail server keeps the mail that it has given to the command, and tries again. */
export const NOT_NOW_EXIT_CODE = 75;

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
