/**
 * The whole loop on this machine, with real HTTP and real SMTP on loopback ports and everything in a temporary folder.
 *
 * 1. start the proxy with its sandbox inbox, and an application that takes reports
 * 2. post the messages
 * 3. wait until each is reported, showing the figures
 * 4. stop, and hold what was delivered against what was sent
 */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { readConfig } from "../../config.ts";
import { newToken } from "../../security/tokens.ts";
import { generateKey } from "../../security/vault.ts";
import { Failure } from "../exit.ts";
import { startService } from "../service.ts";
import { check, type Verdict } from "./check.ts";
import { startReportEndpoint } from "./endpoint.ts";
import { asMessage, type DemoMail, demoMails } from "./mails.ts";

export interface Figures {
  messages: number;
  accepted: number;
  delivered: number;
  reported: number;
  failed: number;
}

const MESSAGES = 200;
const BATCH = 25;
const LIMIT_MS = 60_000;
const FIGURES_EVERY_MS = 50;
const STOP_MS = 1_000;

export async function runDemo(folder: string, show: (figures: Figures) => void): Promise<Verdict> {
  const apiToken = newToken("demo_");
  const bearer = newToken("demo_");
  const { sandbox, ...service } = await startProxy(folder, apiToken);
  const endpoint = await startReportEndpoint(bearer);
  const post = poster(service.url, apiToken);
  await post("/tenant", {
    id: "default",
    client_base_url: endpoint.url,
    client_auth: { method: "bearer", token: bearer },
  });

  const mails = demoMails(MESSAGES);
  const acceptedAt = new Map<string, number>();
  const startedAt = Date.now();
  const posting = postAll(mails, post, acceptedAt);
  const settled = () => endpoint.sent.size + endpoint.failed.size;
  do {
    await Promise.race([pause(FIGURES_EVERY_MS), ...(acceptedAt.size < MESSAGES ? [posting] : [])]);
    show({
      messages: MESSAGES,
      accepted: acceptedAt.size,
      delivered: sandbox.inbox.received,
      reported: endpoint.sent.size,
      failed: endpoint.failed.size,
    });
  } while (settled() < MESSAGES && Date.now() - startedAt < LIMIT_MS);
  await posting;
  await service.stop();
  await endpoint.stop(STOP_MS);
  return check({ mails, startedAt, acceptedAt, arrived: sandbox.inbox.list(), ...endpoint });
}

async function startProxy(folder: string, apiToken: string) {
  const { sandbox, ...service } = await startService({
    ...readConfig({}),
    databaseUrl: `file:${encodeURI(folder)}/queue.db`,
    apiToken,
    encryptionKey: generateKey(),
    port: 0,
    sandbox: true,
  });
  if (sandbox === undefined) throw new Error("the service started without its sandbox");
  return { ...service, sandbox };
}

type Post = (path: string, body: unknown) => Promise<void>;

function poster(url: string, apiToken: string): Post {
  return async (path, body) => {
    const headers = { "X-API-Token": apiToken, "Content-Type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const { ok, ...rest } = v.parse(Answer, await answer.json());
    if (!ok || rest.rejected?.length) throw new Failure(`POST ${path} was answered ${JSON.stringify(rest)}`);
  };
}

const Answer = v.looseObject({ ok: v.boolean(), rejected: v.optional(v.array(v.unknown())) });

/** Batches go out one after the other; `acceptedAt` takes the moment at which each one's request began. */
async function postAll(mails: DemoMail[], post: Post, acceptedAt: Map<string, number>): Promise<void> {
  for (let from = 0; from < mails.length; from += BATCH) {
    const batch = mails.slice(from, from + BATCH);
    const postedAt = Date.now();
    await post("/commands/add-messages", { messages: batch.map(asMessage) });
    for (const { id } of batch) acceptedAt.set(id, postedAt);
  }
}
