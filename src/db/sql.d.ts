/** A migration imported as text: Bun and wrangler do so by themselves, Vitest through a line in its config. */
declare module "*.sql" {
  const text: string;
  export default text;
}
