/** Where a tenant's application is called: its base URL and a path of it. */
import { urlIn } from "../url.ts";

/** Joined by exactly one slash; the text of the fault, which shows no secret, where that is no address to call. */
export function endpointUrl(baseUrl: string, path: string): URL | string {
  const text = `${baseUrl.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
  const url = urlIn(text);
  if (url === undefined) return "client_base_url is not a URL";
  if (url.protocol !== "http:" && url.protocol !== "https:") return "client_base_url is not an http or https URL";
  // fetch refuses such URLs with a message that shows the password.
  if (url.username !== "" || url.password !== "")
    return "client_base_url holds credentials: they belong in client_auth";
  return url;
}
