/** The part of the page's script that sends calls, with the token that was given: it stays in this tab. */
export const PAGE_TRY = String.raw`
let token = sessionStorage.getItem("token") ?? "";

el("token").value = token;
el("authorize").onsubmit = (event) => {
  event.preventDefault();
  token = el("token").value.trim();
  sessionStorage.setItem("token", token);
  showCaller();
};

// /tenants answers the admin with all of them and a key with its own.
async function showCaller() {
  if (token === "") return void (el("who").value = "");
  const answer = await fetch("tenants", { headers: { "X-API-Token": token } });
  el("who").value = answer.ok ? "this token is taken" : "this token opens nothing";
}

function tryIt(path, method, operation) {
  const fields = operation.parameters.map((parameter) => node("input", { name: parameter.name, required: parameter.required }));
  const labels = fields.map((field) => node("label", {}, node("code", { textContent: field.name + (field.required ? " *" : "") }), field));
  const body = operation.requestBody?.content["application/json"];
  const text = node("textarea", { spellcheck: false, ariaLabel: "Body" });
  const output = node("pre", { hidden: true });
  const form = node("form", {}, node("button", { textContent: "Send" }));
  const send = async (event) => {
    event.preventDefault();
    output.hidden = false;
    output.textContent = "...";
    output.textContent = await call(method, target(path, operation.parameters, fields), body ? text.value : undefined)
      .catch((error) => "no answer: " + error.message);
  };
  form.onsubmit = send;
  return node("div", {}, ...labels, ...(body ? [examplesOf(body, text), text] : []), form, output);
}

function examplesOf({ examples = {} }, text) {
  const show = (name) => { text.value = name in examples ? JSON.stringify(examples[name].value, null, 2) : "{}"; };
  const choice = node("select", { ariaLabel: "Example", onchange: () => show(choice.value) },
    ...Object.keys(examples).map((name) => node("option", { textContent: name })));
  show(choice.value);
  return choice;
}

// Relative, so that it works wherever a proxy in front has put the service.
function target(path, parameters, fields) {
  const query = new URLSearchParams();
  let filled = path.slice(1);
  for (const [position, parameter] of parameters.entries()) {
    const value = fields[position].value;
    if (parameter.in === "path") filled = filled.replace("{" + parameter.name + "}", encodeURIComponent(value));
    else if (value !== "") query.set(parameter.name, value);
  }
  return filled + (query.size > 0 ? "?" + query : "");
}

async function call(method, target, body) {
  const headers = { ...(token ? { "X-API-Token": token } : {}), ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  const answer = await fetch(target, { method, headers, body });
  const text = await answer.text();
  const shown = answer.headers.get("Content-Type")?.startsWith("application/json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return answer.status + " " + answer.statusText + "\n\n" + shown;
}

showCaller();
`;
