/** URLs out of texts that may be none. */

/**
 * Undefined where the text is no URL. For `URL.canParse`, which Node 20 answers wrongly of letters beyond ASCII once the function that asks
 * was called often enough to be compiled: then `http://bücher.example` is none.
 */
export function urlIn(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
