/** The document as a page: one self-contained HTML file that asks for openapi.json beside it, and for nothing else. */
import { PAGE_SCRIPT } from "./page-script.ts";
import { PAGE_STYLE } from "./page-style.ts";

/** `nonce` is the ticket of script and style through the content security policy. */
export function docsPage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mail-proxy API</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${PAGE_STYLE}</style>
<header>
  <h1>mail-proxy <small id="version"></small></h1>
  <input id="filter" type="search" placeholder="Filter" aria-label="Filter" autocomplete="off">
  <form id="authorize">
    <input id="token" type="password" placeholder="Admin token or tenant key" aria-label="Token" autocomplete="off">
    <button>Authorize</button>
    <output id="who"></output>
  </form>
</header>
<main id="main"><p>Loading openapi.json.</p></main>
<noscript>This page is drawn by a script; <a href="openapi.json">openapi.json</a> can be read without one.</noscript>
<script nonce="${nonce}">${PAGE_SCRIPT}</script>
</html>
`;
}
