/** Where the mails of these tests go: a Postfix that takes them in, a Dovecot with mailboxes for some, a server elsewhere. */
import { beforeAll, onTestFailed } from "vitest";
import { ScriptedServer } from "../support/smtp-server.ts";
import { type Dovecot, openDovecot } from "./dovecot.ts";
import { openPostfix, type Postfix } from "./postfix.ts";

/** Whose mailbox it is: any mailbox of this domain that is not in the list below is an unknown user. */
export const BOB = "bob@example.com";
export const CAROL = "carol@example.com";
/** Of a domain whose server is never reached. */
export const UNREACHABLE = "dave@dead.example";
/** Of a domain whose server is another one, which knows nothing of delivery status notifications (RFC 3461). */
export const ELSEWHERE = "erin@elsewhere.example";

export const PASSWORD = "the password of every mailbox";
/** One for each test that reads bounces. */
const BOUNCE_BOXES = Array.from({ length: 12 }, (_, n) => `bounces-${n}@example.com`);

export interface PostOffice {
  dovecot: Dovecot;
  postfix: Postfix;
  /** A mailbox that no other test has had. */
  newBounceBox(): string;
}

/** Opens before the tests of a file and closes after them; a test asks for it, and skips where there is only a reason. */
export function postOffice(): () => PostOffice | { unavailable: string } {
  let opened: PostOffice | { unavailable: string } | undefined;
  beforeAll(async () => {
    const closing: (() => Promise<void>)[] = [];
    const close = async () => {
      for (const one of closing.reverse()) await one();
    };
    opened = await open(closing).catch(async (error: unknown) => {
      await close();
      throw error;
    });
    return close;
  });
  return () => {
    if (opened === undefined) throw new Error("the post office opens before the tests begin, not earlier");
    const office = opened;
    if ("postfix" in office) onTestFailed(() => console.log(office.postfix.log(), office.dovecot.log()));
    return office;
  };
}

/** How to close what it has opened stands in `closing`, however far it came. */
async function open(closing: (() => Promise<void>)[]): Promise<PostOffice | { unavailable: string }> {
  const addresses = [BOB, CAROL, ...BOUNCE_BOXES];
  const dovecot = await openDovecot({ users: Object.fromEntries(addresses.map((user) => [user, PASSWORD])) });
  if ("unavailable" in dovecot) return dovecot;
  closing.push(dovecot.close);
  const elsewhere = new ScriptedServer({ extensions: [] });
  await elsewhere.listen();
  closing.push(() => elsewhere.close());
  const postfix = await openPostfix({
    domain: domainOf(BOB),
    lmtpPort: dovecot.lmtpPort,
    deadDomain: domainOf(UNREACHABLE),
    elsewhere: { domain: domainOf(ELSEWHERE), port: elsewhere.port },
  });
  if ("unavailable" in postfix) return postfix;
  closing.push(postfix.close);
  const unused = [...BOUNCE_BOXES];
  const newBounceBox = () => {
    const next = unused.shift();
    if (next === undefined) throw new Error("more tests than mailboxes for bounces");
    return next;
  };
  return { dovecot, postfix, newBounceBox };
}

function domainOf(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}
