/** The one page that shows a signing secret: right after it was made. */
import type { WebhookMade } from "../../client/types.ts";
import { SecretOnce } from "../parts/secret-once.tsx";
import { Time } from "../parts/time.tsx";
import { hrefOf, secondsOf } from "./links.ts";

export function ShownSecret({ webhook }: { webhook: WebhookMade }) {
  const { id, url, signing_secret, previousSecretExpiresAt: until } = webhook;
  return (
    <SecretOnce title={`The secret of ${url}`} secret={signing_secret} back={hrefOf(id)}>
      <p>The application that takes the calls checks their signatures with it.</p>
      {until !== null && (
        <p>
          The secret before it signs too until <Time ts={secondsOf(until)} />, so that there is time to change it.
        </p>
      )}
    </SecretOnce>
  );
}
