/**
 * A token behind the `#` of the address, which no server is sent: it is taken out of the address at once, and logs in, unless another
 * site has led here.
 */
{
  function take() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token === null) return;
    history.replaceState(null, "", location.pathname + location.search);
    const field = document.querySelector('form[action="/dashboard/login"] input[name="token"]');
    if (field === null) return;
    field.value = token;
    if ("atOnce" in field.form.dataset) field.form.requestSubmit();
  }

  take();
  window.addEventListener("hashchange", take);
}
