/** Moments in the browser's own time zone; UTC, which the server writes, stands in the title. */
{
  // In Swedish a date is written as in ISO 8601, whatever the language of the browser.
  const local = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });

  function showLocal() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const text = local.format(new Date(time.dateTime));
      if (time.textContent === text) continue;
      time.title = `${time.dateTime.slice(0, 19).replace("T", " ")} UTC`;
      time.textContent = text;
    }
  }

  showLocal();
  document.addEventListener("htmx:after:swap", showLocal);
}
