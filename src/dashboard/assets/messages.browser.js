/** What the list of messages does by itself: a box ticks all the others, and the address follows what is searched for. */

/** `data-all`: the name of the boxes in the same form. */
document.addEventListener("change", ({ target }) => {
  const { all } = target.dataset;
  if (all === undefined) return;
  for (const box of target.form.querySelectorAll(`input[name="${CSS.escape(all)}"]`)) box.checked = target.checked;
});

/** So that a reload, a bookmark and the way back show the same. */
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const found = document.getElementById("found");
  if (ctx?.sourceElement.id === "search" && found) history.replaceState(null, "", found.getAttribute("hx-get"));
});
