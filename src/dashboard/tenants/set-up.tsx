/** What is stored about a tenant, but for its secrets. */
import type { Tenant } from "../../client/types.ts";
import { Facts } from "../parts/facts.tsx";
import { Time } from "../parts/time.tsx";

export function SetUp({ tenant }: { tenant: Tenant }) {
  const { client_auth: auth, large_file_config: large, stores } = tenant;
  return (
    <Facts
      facts={{
        "Name in words": tenant.name,
        "Base URL": tenant.client_base_url ?? "none: nothing is reported",
        "Path for reports": tenant.client_sync_path,
        "Path for attachments": tenant.client_attachment_path,
        "Attachments are asked for as": tenant.attachment_format === "json" ? "JSON" : "a form",
        "Authenticates there by": auth === null ? "nothing" : authWords(auth),
        "Allowed senders": tenant.allowed_senders?.join(", ") ?? "anybody",
        "Large files": large === null ? "as the default is" : largeWords(large),
        Stores: stores === null ? "none" : Object.entries(stores).map(([name, url]) => <div>{`${name}: ${url}`}</div>),
        Added: <Time ts={tenant.created_ts} />,
        Changed: <Time ts={tenant.updated_ts} />,
      }}
    />
  );
}

function authWords({ method, user, header }: NonNullable<Tenant["client_auth"]>): string {
  if (method === "none") return "nothing";
  return [method, user ?? header].filter(Boolean).join(" ");
}

function largeWords(config: NonNullable<Tenant["large_file_config"]>): string {
  const { enabled, max_size_mb: size, action, storage_url: store } = config;
  const words = [
    enabled === false ? "not looked for" : "looked for",
    size !== undefined && `from ${size} MB`,
    action,
    store !== undefined && `kept in ${store}`,
  ];
  return words.filter(Boolean).join(", ");
}
