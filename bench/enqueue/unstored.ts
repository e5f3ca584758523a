/** Our whole API with an intake and a command log that store nothing: what the service takes longer is the price of durability. */
import { CommandLog } from "../../src/api/command-log.ts";
import { Door, TOO_MUCH_READ } from "../../src/api/door.ts";
import { createApi } from "../../src/api/index.ts";
import { LinkSigner } from "../../src/attachments/large-link.ts";
import { Receiver } from "../../src/bounces/receive.ts";
import { VERSION } from "../../src/cli/version.ts";
import { Durations } from "../../src/queue/durations.ts";
import { Intake } from "../../src/queue/intake.ts";
import type { NewMessage } from "../../src/queue/message.ts";
import { serve } from "../../src/runtimes/bun.ts";
import { hashToken } from "../../src/security/tokens.ts";
import { Directory } from "../../src/tenancy/directory.ts";
import { required } from "../answering.ts";
import { addTenant, benchConfig, callerOf, openServed } from "../proxy.ts";
import { serveAsked } from "../serving.ts";

class ForgetfulIntake extends Intake {
  override add(messages: readonly NewMessage[]) {
    return Promise.resolve(messages.map(() => undefined));
  }
}

class ForgetfulLog extends CommandLog {
  override record(): void {}
}

const config = benchConfig(required("database"));
const { db, vault, ports, close } = await openServed(config);
const api = createApi({
  config,
  version: VERSION,
  commit: null,
  db,
  vault,
  directory: new Directory(db),
  intake: new ForgetfulIntake(db, ports.now, ports.nextTurn),
  door: new Door(config.maxBytesIncoming),
  reading: new Door(config.maxBytesIncoming, TOO_MUCH_READ),
  engine: {
    wake: () => undefined,
    report: () => undefined,
    runNow: () => Promise.resolve(),
    accountChanged: () => undefined,
    testAccount: () => Promise.resolve([]),
    bouncesChanged: () => undefined,
    webhooksChanged: () => undefined,
    reloadMailboxes: () => Promise.resolve(0),
    mailboxes: () => Promise.resolve([]),
    rawMessage: () => Promise.resolve(undefined),
    state: () => ({ active: false, draining: false, in_flight: 0, connections: 0 }),
  },
  receiver: new Receiver({ db, vault, config, now: ports.now, report: () => undefined }),
  commandLog: new ForgetfulLog(db),
  mails: { accepted: 0, refused: 0 },
  adminTokenHash: hashToken(config.apiToken),
  now: ports.now,
  durations: new Durations(db),
  signer: new LinkSigner(vault),
  surroundings: ports,
  restrictions: undefined,
  inbox: undefined,
});
const token = await addTenant(callerOf(api), { smtpPort: 25, reportPort: undefined });

const server = serve(async (request) => api.fetch(request), { host: config.host, port: config.port });
await serveAsked({ port: server.port, token });
await server.stop(0);
await close();
