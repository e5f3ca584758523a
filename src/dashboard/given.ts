/** What came with an address or a form; a field that was left empty was left out. */

/** Everything that was put in under a name. */
export function texts(form: FormData, name: string): string[] {
  return form
    .getAll(name)
    .filter((value) => typeof value === "string")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** The one that was put in. */
export function text(form: FormData, name: string): string | undefined {
  return texts(form, name)[0];
}

/** As it stands there, such as a name in a hidden field: spaces are part of it. */
export function exact(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** Parameters of an address as a query of the API, which checks them: what it takes is `Q`. */
export function asQuery<Q extends object>(parameters: Record<string, string | undefined>): Q {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(given) as Q;
}
