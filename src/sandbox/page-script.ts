/** The inbox page's script, as the text that the browser runs: it builds every node itself, never HTML from a mail. */
export const PAGE_SCRIPT = String.raw`
const el = (id) => document.getElementById(id);
const POLL_MS = 1000;
let token = sessionStorage.getItem("token");
let shown = 0;
let known = "";

const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  token = given;
  sessionStorage.setItem("token", token);
  history.replaceState(null, "", location.pathname); // not left in the address bar, nor in what is copied from it
}

class Refused extends Error {}

async function call(path, options) {
  const answer = await fetch("/inbox/messages" + path, { ...options, headers: { "X-API-Token": token ?? "" } });
  if (answer.status === 401 || answer.status === 403) throw new Refused();
  if (!answer.ok) throw new Error("the server answered " + answer.status);
  return answer;
}

function node(tag, text, properties = {}) {
  return Object.assign(document.createElement(tag), { textContent: text }, properties);
}

async function refresh() {
  try {
    const { messages } = await (await call("")).json();
    el("login").hidden = true;
    el("main").hidden = el("clear").hidden = false;
    el("status").value = messages.length + (messages.length === 1 ? " mail" : " mails");
    document.title = "Sandbox inbox (" + messages.length + ")";
    draw(messages);
  } catch (error) {
    if (error instanceof Refused) askForToken();
    else el("status").value = "no answer, trying again";
  }
}

function askForToken() {
  el("status").value = token ? "this token is not the admin token" : "";
  el("login").hidden = false;
  el("main").hidden = el("clear").hidden = true;
}

function draw(messages) {
  const now = messages.map(({ n }) => n).join() + "/" + shown;
  if (now === known) return;
  known = now;
  el("list").replaceChildren(...messages.map((mail) => {
    const button = node("button", mail.subject || "(no subject)", { onclick: () => open(mail.n) });
    if (mail.n === shown) button.setAttribute("aria-current", "true");
    const when = new Date(mail.received_ts * 1000).toLocaleTimeString();
    button.append(node("small", when + "  " + mail.from + " to " + mail.to.join(", ")));
    const item = node("li", "");
    item.append(button);
    return item;
  }));
}

async function open(n) {
  const { message } = await (await call("/" + n)).json();
  shown = n;
  el("mail").hidden = false;
  el("subject").textContent = message.subject || "(no subject)";
  const facts = {
    From: message.from,
    To: message.to.join(", "),
    Cc: message.cc.join(", "),
    Envelope: message.envelope.mail_from + " to " + message.envelope.rcpt_to.join(", "),
    Date: message.date ?? "",
  };
  el("facts").replaceChildren(...Object.entries(facts).filter(([, value]) => value).flatMap(([name, value]) =>
    [node("dt", name), node("dd", value)]));
  await drawTabs(message);
  await refresh();
}

async function drawTabs(message) {
  const headers = message.headers.map(({ name, value }) => name + ": " + value).join("\n");
  const tabs = [
    ["HTML", message.html !== null, async () => showFrame(await withImages(message))],
    ["Text", message.text !== null, () => showText(message.text)],
    ["Attachments (" + message.attachments.length + ")", message.attachments.length > 0, () => showAttachments(message)],
    ["Headers", true, () => showText(headers)],
    ["Raw", true, () => showText(message.raw)],
  ].filter(([, present]) => present);
  const buttons = tabs.map(([name, , show]) => node("button", name, {
    onclick: async (event) => {
      for (const button of buttons) button.ariaPressed = String(button === event.currentTarget);
      for (const id of ["html", "text", "attachments"]) el(id).hidden = true;
      await show();
    },
  }));
  el("tabs").replaceChildren(...buttons);
  buttons[0].click();
}

function showFrame(html) {
  el("html").srcdoc = html;
  el("html").hidden = false;
}

function showText(text) {
  el("text").textContent = text;
  el("text").hidden = false;
}

const attachment = async (message, position) => (await call("/" + message.n + "/attachments/" + position)).blob();

// RFC 2392: cid: names a part of the same mail by its Content-ID
async function withImages(message) {
  let html = message.html;
  for (const [position, { content_id }] of message.attachments.entries()) {
    const id = content_id?.replace(/^<|>$/g, "");
    if (!id || !html.includes("cid:" + id)) continue;
    html = html.replaceAll("cid:" + id, await dataUrl(await attachment(message, position)));
  }
  return html;
}

function dataUrl(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });
}

function showAttachments(message) {
  el("attachments").replaceChildren(...message.attachments.map(({ filename, mime_type, size }, position) => {
    const save = async () => {
      const href = URL.createObjectURL(await attachment(message, position));
      node("a", "", { href, download: filename ?? "attachment" }).click();
      URL.revokeObjectURL(href);
    };
    const item = node("li", "");
    item.append(node("button", filename ?? "attachment", { onclick: save }), " " + mime_type + ", " + size + " bytes");
    return item;
  }));
  el("attachments").hidden = false;
}

el("login").onsubmit = (event) => {
  event.preventDefault();
  token = el("token").value.trim();
  sessionStorage.setItem("token", token);
  refresh();
};
el("clear").onclick = async () => {
  await call("", { method: "DELETE" });
  shown = 0;
  el("mail").hidden = true;
  refresh();
};

(async () => {
  for (;;) {
    await refresh();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
})();
`;
