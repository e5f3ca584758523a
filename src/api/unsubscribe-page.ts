/** What a person sees who follows the link to unsubscribe: a question with one button, then a word that it is done; no script. */
import { html } from "hono/html";

export interface Page {
  title: string;
  /** Under the title. */
  text: string;
  /** The one button, which posts to where the page is. */
  button?: string;
}

export function question(address: string): Page {
  return {
    title: "Unsubscribe",
    text: `Stop sending these mails to ${address}?`,
    button: "Unsubscribe",
  };
}

export function done(address: string): Page {
  return { title: "You are unsubscribed", text: `No more of these mails will be sent to ${address}.` };
}

/** Says nothing of why: a stranger who tries links learns nothing from it. */
export const NO_SUCH_LINK: Page = {
  title: "This link does not work",
  text: "Please take the whole link from the mail.",
};

/** `nonce` is the ticket of the style through the content security policy. The field of the form is what RFC 8058 3.2 has mail programs send. */
export function unsubscribePage({ title, text, button }: Page, nonce: string) {
  const form = html`<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>${button}</button>
</form>`;
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
<main>
<h1>${title}</h1>
<p>${text}</p>
${button === undefined ? "" : form}
</main>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { box-sizing: border-box; width: 100%; max-width: 32rem; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
p { margin: 0 0 1.5rem; overflow-wrap: anywhere; }
button { font: inherit; padding: .7rem 1.4rem; border: 0; border-radius: .4rem; color: #fff; background: #1d4ed8; cursor: pointer; }
button:hover { background: #1e40af; }
button:focus-visible { outline: 3px solid #60a5fa; outline-offset: 3px; }
`;
