/** What is told of an error that ended a command: a sentence; the way it came is only for who debugs. */
import { ConfigError } from "../config.ts";
import { AppError, reason } from "../errors.ts";
import { PortError } from "../ingress/listen.ts";
import { ListenError } from "../runtimes/http-server.ts";
import { Cancelled, Failure, UsageError } from "./exit.ts";

const FORESEEN = [Failure, UsageError, Cancelled, ConfigError, AppError, ListenError, PortError];

/** For standard error, without a newline at its end. */
export function describe(error: unknown, debugging = isDebugging()): string {
  const isForeseen = FORESEEN.some((kind) => error instanceof kind);
  if (debugging) return [reason(error), ...trace(error)].join("\n");
  return isForeseen ? reason(error) : `${reason(error)} (unforeseen; MAIL_PROXY_LOG_LEVEL=debug tells where)`;
}

function isDebugging(): boolean {
  return process.env.MAIL_PROXY_LOG_LEVEL?.toLowerCase() === "debug";
}

/** Frames alone: a stack begins with the error's message, where bound values or the token of a URL may stand. */
function trace(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  const cause = trace(error.cause);
  return cause.length === 0 ? frames : [...frames, "  caused by what came from", ...cause];
}
