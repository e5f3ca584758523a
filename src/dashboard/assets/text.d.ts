/** Files for the browser imported as text: Bun does so by itself, wrangler and Vitest through a line in their configs. */
declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.browser.js" {
  const text: string;
  export default text;
}

declare module "htmx.org/dist/htmx.min.js" {
  const text: string;
  export default text;
}

declare module "uplot/dist/uPlot.iife.min.js" {
  const text: string;
  export default text;
}
