/** Which entries of a list are looked at, sent along by the forms of the page so that their answers lead back to it. */

export type Filter = {
  tenant_id: string | undefined;
  /** Part of an address. */
  q: string;
  source: string;
};
