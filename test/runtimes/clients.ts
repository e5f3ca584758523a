/** The clients of the email API as an application has them: they know the address of the proxy and a tenant's key. */
import { Resend } from "resend";
import { PostStack } from "../support/poststack.ts";
import { type Relay, startRelay } from "../support/relay.ts";
import { openTenant, type Tenant, type Wishes } from "./tenant.ts";
import type { ProxyUnderTest } from "./under-test.ts";

/** What most of them send. */
export const EMAIL = {
  from: "Shop <shop@example.com>",
  to: "ann@example.net",
  subject: "Your order",
  text: "Thank you.",
};

interface WithClient<Client> {
  tenant: Tenant;
  client: Client;
  relay: Relay;
}

/** A tenant of its own, and the package `resend` as npm has it. */
export async function openResend(proxy: ProxyUnderTest, wishes: Wishes = {}): Promise<WithClient<Resend>> {
  return open(proxy, wishes, (key, baseUrl) => new Resend(key, { baseUrl }));
}

export async function openPostStack(proxy: ProxyUnderTest, wishes: Wishes = {}): Promise<WithClient<PostStack>> {
  return open(proxy, wishes, (key, baseUrl) => new PostStack(key, baseUrl));
}

async function open<Client>(
  proxy: ProxyUnderTest,
  wishes: Wishes,
  make: (key: string, baseUrl: string) => Client,
): Promise<WithClient<Client>> {
  const tenant = await openTenant(proxy, wishes);
  const relay = await startRelay(() => proxy.url);
  return { tenant, relay, client: make(await tenant.key(), relay.url) };
}

/** What a call of Resend's client was answered with; throws where it was refused. */
export function given<T>({ data, error }: { data: T | null; error: unknown }): T {
  if (data === null) throw new Error(`refused: ${JSON.stringify(error)}`);
  return data;
}
