/** A real browser for the dashboard: Debian's Chromium, driven by playwright-core; what it complains of is kept. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { CHROMIUM } from "./chromium.ts";

export { CHROMIUM } from "./chromium.ts";

/** Far more than any page takes on a busy machine, and less than a test may. */
const PATIENCE_MS = 20_000;

let launched: Promise<Browser> | undefined;

/** One browser a test file; each page has a profile of its own. */
function browser(): Promise<Browser> {
  launched ??= chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  return launched;
}

export async function closeBrowser(): Promise<void> {
  await (await launched)?.close();
  launched = undefined;
}

export interface Visit {
  page: Page;
  /** Every URL that the page asked for, but those that it was kept from by its content security policy. */
  requested: string[];
  /** Errors and warnings of the console, faults of scripts, refusals by the content security policy, boxes but questions. */
  complaints: string[];
  /** What was asked before something was done; the answer is yes. */
  questions: string[];
  /** Before the test ends. */
  close(): Promise<void>;
}

/** A page of its own, closed with the test. */
export async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await (await browser()).newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const requested: string[] = [];
  const complaints: string[] = [];
  const questions: string[] = [];
  page.on("dialog", async (dialog) => {
    const kept = dialog.type() === "confirm" ? questions : complaints;
    kept.push(dialog.message());
    await dialog.accept();
  });
  page.on("request", (request) => requested.push(request.url()));
  page.on("requestfailed", (request) => {
    // Told of as a request, though it never was one: the content security policy was in the way.
    if (request.failure()?.errorText === "csp") requested.splice(requested.indexOf(request.url()), 1);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  return { page, requested, complaints, questions, close: () => context.close() };
}
