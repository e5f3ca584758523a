/** Buttons that copy a secret which a page shows once; only where the browser lets a page do so. */
{
  function showCopied(button) {
    const words = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = words;
    }, 2_000);
  }

  if (navigator.clipboard !== undefined) {
    for (const button of document.querySelectorAll("button[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
        showCopied(button);
      });
    }
  }
}
