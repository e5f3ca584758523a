/** The script of the document's page, as the text that the browser runs: it draws operations, and sends calls for trying. */
import { PAGE_SCHEMA } from "./page-schema.ts";
import { PAGE_TRY } from "./page-try.ts";

const PAGE_DRAW = String.raw`
const el = (id) => document.getElementById(id);
let spec;

function node(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// What little of Markdown the document uses: code, bold, and paragraphs.
function words(text = "") {
  return text.split(/\n\n+/).map((paragraph) => node("p", {}, ...inline(paragraph)));
}

function inline(text = "") {
  return text.split(/(${"`"}[^${"`"}]+${"`"}|\*\*[^*]+\*\*)/).map((piece) => {
    if (piece.startsWith("${"`"}")) return node("code", { textContent: piece.slice(1, -1) });
    return piece.startsWith("**") ? node("b", { textContent: piece.slice(2, -2) }) : piece;
  });
}

function draw() {
  el("version").textContent = spec.info.version;
  document.title = spec.info.title + " API";
  const chapters = spec.tags.map((tag) => node("section", {}, node("h2", { textContent: tag.name }), ...words(tag.description),
    ...operationsOf(tag.name).map(drawOperation)));
  el("main").replaceChildren(...words(spec.info.description), ...chapters);
  openNamed();
}

function operationsOf(tag) {
  return Object.entries(spec.paths).flatMap(([path, methods]) => Object.entries(methods)
    .filter(([, operation]) => operation.tags.includes(tag))
    .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));
}

function drawOperation({ path, method, operation }) {
  const made = node("details", { className: "operation", id: operation.operationId }, node("summary", {},
    node("b", { className: "method " + method, textContent: method }), node("code", { textContent: path }),
    node("span", { textContent: operation.summary })));
  // Drawn when it is opened: most of them never are.
  made.addEventListener("toggle", () => {
    if (made.open && made.children.length === 1) made.append(drawBody(path, method, operation));
  });
  return made;
}

function drawBody(path, method, operation) {
  const body = operation.requestBody?.content["application/json"];
  const secured = operation.security.length > 0 ? [] : words("Needs no token.");
  return node("div", {}, ...words(operation.description), ...secured,
    ...(operation.parameters.length > 0 ? [node("h3", { textContent: "Parameters" }), drawParameters(operation.parameters)] : []),
    ...(body ? [node("h3", { textContent: "Body" }), Object.assign(drawSchema(body.schema), { open: true })] : []),
    node("h3", { textContent: "Answers" }), drawAnswers(operation.responses),
    node("h3", { textContent: "Try it" }), tryIt(path, method, operation));
}

function drawParameters(parameters) {
  return node("table", {}, ...parameters.map(({ name, required, description, schema }) =>
    row(name, required, schema, description)));
}

function drawAnswers(responses) {
  return node("table", {}, ...Object.entries(responses).map(([status, given]) => {
    const answer = resolved(given);
    const schema = answer.content?.["application/json"]?.schema;
    const kinds = Object.keys(answer.content ?? {}).join(", ");
    return node("tr", {}, node("td", { textContent: status }),
      node("td", {}, ...words(answer.description), ...(status >= 400 ? [] : [schema ? drawSchema(schema) : node("span", { className: "kind", textContent: kinds })])));
  }));
}

// A link such as docs#addMessages leads to its operation.
function openNamed() {
  const named = location.hash && el(decodeURIComponent(location.hash.slice(1)));
  if (!named) return;
  named.open = true;
  named.scrollIntoView();
}

el("filter").oninput = ({ target }) => {
  const wanted = target.value.toLowerCase();
  for (const operation of document.querySelectorAll(".operation"))
    operation.hidden = !operation.firstChild.textContent.toLowerCase().includes(wanted);
};
addEventListener("hashchange", openNamed);
`;

const PAGE_START = `
fetch("openapi.json").then((answer) => answer.json()).then((document) => { spec = document; draw(); },
  (error) => el("main").replaceChildren(...words("openapi.json did not come: " + error.message)));
`;

export const PAGE_SCRIPT = PAGE_DRAW + PAGE_SCHEMA + PAGE_TRY + PAGE_START;
