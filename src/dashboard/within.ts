/** Where somebody is sent next: a page of the dashboard, and nowhere else, since what an address or a form says is anybody's. */
const WITHIN = /^\/dashboard([/?][^\\\p{Cc}]*)?$/u;

export function within(path: string | undefined, otherwise = "/dashboard"): string {
  return path !== undefined && WITHIN.test(path) && !path.includes("//") ? path : otherwise;
}
