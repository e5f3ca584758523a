/** The inbox page: one self-contained HTML document that polls the inbox and shows a mail in a frame without scripts. */
import { PAGE_SCRIPT } from "./page-script.ts";

/** `nonce` is the one script's ticket through the content security policy. */
export function inboxPage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox inbox</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<header>
  <h1>Sandbox inbox</h1>
  <output id="status">connecting</output>
  <button id="clear" hidden>Empty</button>
</header>
<form id="login" hidden>
  <label>Admin token <input id="token" type="password" autocomplete="off" required></label>
  <button>Open</button>
  <p>The first start printed it; <code>mail-proxy default token</code> prints it again.</p>
</form>
<main id="main" hidden>
  <ol id="list"></ol>
  <article id="mail" hidden>
    <h2 id="subject"></h2>
    <dl id="facts"></dl>
    <nav id="tabs"></nav>
    <iframe id="html" sandbox="" referrerpolicy="no-referrer" title="HTML part" hidden></iframe>
    <pre id="text" hidden></pre>
    <ul id="attachments" hidden></ul>
  </article>
</main>
<script nonce="${nonce}">${PAGE_SCRIPT}</script>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --mark: #3b82f622; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; }
header { display: flex; gap: 1rem; align-items: center; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; }
#status { flex: 1; opacity: .7; }
form { padding: 1rem; }
main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(16rem, 26rem) 1fr; }
[hidden] { display: none !important; }
ol, ul { list-style: none; margin: 0; padding: 0; overflow: auto; }
ol { border-right: 1px solid var(--line); }
ol button { all: unset; display: block; box-sizing: border-box; width: 100%; padding: .5rem 1rem; border-bottom: 1px solid var(--line); cursor: pointer; overflow-wrap: anywhere; }
ol button:hover, ol button[aria-current] { background: var(--mark); }
ol button:focus-visible { outline: 2px solid #3b82f6; outline-offset: -2px; }
ol small { opacity: .7; display: block; }
article { display: flex; flex-direction: column; min-width: 0; padding: 1rem; gap: .6rem; overflow: auto; }
h2 { margin: 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
nav { display: flex; gap: .4rem; }
nav [aria-pressed=true] { font-weight: bold; }
iframe { flex: 1; min-height: 20rem; border: 1px solid var(--line); background: white; }
pre { flex: 1; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 50rem) { main { grid-template-columns: 1fr; grid-template-rows: 40% 1fr; } }
`;
