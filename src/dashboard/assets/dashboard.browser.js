/**
 * What a page does by itself in the browser: it hears of what is new, has its live parts fetched again, and says so where
 * that does not work. A page that nobody sees neither listens nor fetches.
 */
{
  const POLL_MS = 5_000;
  const LISTEN_AGAIN_MS = 5_000;

  const { live } = document.body.dataset;
  const isSeen = () => document.visibilityState === "visible";

  /** parts/live.tsx fetches on it. */
  function tell() {
    if (isSeen()) document.body.dispatchEvent(new CustomEvent("news"));
  }

  /** Says why what stands on the page may be old. It is there from the start, so that a screen reader tells when it speaks. */
  const stale = document.createElement("p");
  stale.className = "stale";
  stale.role = "status";
  if (live !== undefined) document.getElementById("main").prepend(stale);

  /** `why`: nothing where the page is up to date. */
  function setStale(why = "") {
    if (why === (stale.dataset.why ?? "")) return;
    stale.dataset.why = why;
    const since = new Date().toLocaleTimeString("sv-SE"); // as ISO 8601 has it
    stale.textContent = why && `Not up to date since ${since}: ${why}`;
  }

  const NO_ANSWER = "the server does not answer. This page keeps trying.";
  const IN_USE = "it waits until nothing is being filled in or ticked here.";

  let events;

  function listen() {
    events?.close();
    events = new EventSource("/dashboard/live");
    events.addEventListener("open", () => setStale());
    events.addEventListener("listening", tell); // what happened since the page was made, and before it listened
    events.addEventListener("news", tell);
    events.addEventListener("error", ({ target }) => {
      if (target !== events || !isSeen()) return;
      setStale(NO_ANSWER);
      // It connects again by itself, but not after an answer that is no stream: the session is over, or only something in front answers.
      if (target.readyState === EventSource.CLOSED) setTimeout(again, LISTEN_AGAIN_MS);
    });
  }

  function again() {
    if (!isSeen()) return;
    listen();
    tell();
  }

  if (live === "events") {
    if (isSeen()) listen();
    // A browser has six connections for a server (HTTP/1.1): pages in the background are not to use them up.
    document.addEventListener("visibilitychange", () => (isSeen() ? again() : events?.close()));
  } else if (live === "polling") {
    setInterval(tell, POLL_MS);
    document.addEventListener("visibilitychange", tell);
  }

  function isChanged(field) {
    if (field instanceof HTMLSelectElement) {
      const options = [...field.options];
      const first = options.find((option) => option.defaultSelected) ?? options[0];
      return first !== undefined && !first.selected;
    }
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  }

  /** Somebody types in it, has filled in something or has ticked boxes: nothing moves away under that. */
  function isInUse(part) {
    const fields = [...part.querySelectorAll("input, select, textarea")];
    const isTyping = fields.some((field) => field === document.activeElement && !field.matches('[type="checkbox"]'));
    return isTyping || fields.some(isChanged);
  }

  const isByNews = ({ detail }) => detail.ctx?.sourceEvent?.type === "news";

  document.addEventListener("htmx:before:request", (event) => {
    if (!isByNews(event) || !isInUse(event.target)) return;
    event.preventDefault();
    setStale(IN_USE);
  });
  for (const failure of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(failure, (event) => {
      if (isByNews(event)) setStale(NO_ANSWER);
    });
  }
  document.addEventListener("htmx:after:swap", (event) => {
    if (isByNews(event) && event.detail.ctx.response.status < 400) setStale();
  });

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question !== undefined && !window.confirm(question)) event.preventDefault();
  });
}
