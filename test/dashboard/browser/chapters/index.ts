/** What the dashboard promises to whoever sits before it, a chapter each. */
import type { Ground } from "../suite.ts";
import { everyPage } from "./every-page.ts";
import { looks } from "./looks.ts";
import { messages } from "./messages.ts";
import { sessions } from "./sessions.ts";
import { steering } from "./steering.ts";

export const CHAPTERS: Record<string, (ground: Ground) => void> = {
  sessions,
  messages,
  steering,
  looks,
  "every page": everyPage,
};
