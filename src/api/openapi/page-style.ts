/** How the page of the document looks, in a light and a dark room. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8884; --mark: #3b82f622; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; }
header { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; padding: .6rem 1rem; border-bottom: 1px solid var(--line); background: Canvas; }
h1 { font-size: 1.1rem; margin: 0; }
h1 small { font-weight: normal; opacity: .7; }
form { display: flex; gap: .4rem; align-items: center; flex-wrap: wrap; }
main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h2 { margin: 2rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
main p { margin: .3rem 0; }
.operation { scroll-margin-top: 4rem; border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
.operation > summary { padding: .4rem .6rem; cursor: pointer; overflow-wrap: anywhere; }
.operation > summary:hover { background: var(--mark); }
.operation > summary > span { opacity: .7; margin-left: .6rem; }
.operation > div { padding: 0 .8rem .8rem; }
.method { display: inline-block; min-width: 4.2rem; font-weight: bold; }
.GET { color: #2563eb; } .POST { color: #16a34a; } .PUT { color: #d97706; } .DELETE { color: #dc2626; }
code, pre, textarea { font: 13px/1.45 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .25rem .6rem .25rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { width: 16rem; }
td details td:first-child { width: 12rem; }
.kind { opacity: .7; }
label { display: grid; grid-template-columns: 12rem 1fr; gap: .6rem; margin: .2rem 0; }
textarea { box-sizing: border-box; width: 100%; min-height: 9rem; }
pre { padding: .6rem; margin: .4rem 0; background: var(--mark); white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem; overflow: auto; }
[hidden] { display: none !important; }
@media (max-width: 45rem) { td { display: block; } td:first-child { border-bottom: 0; width: auto; } label { grid-template-columns: 1fr; } }
`;
