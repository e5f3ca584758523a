/** Whether receivers are told by the DNS to trust what is sent: where bounces go, SPF, DMARC, and the DKIM keys that are known. */
import { inTurns } from "./bounded.ts";
import { judgeDkim } from "./dkim.ts";
import { judgeDmarc, readDmarc } from "./dmarc.ts";
import { type Answer, type Names, nameServers } from "./dns.ts";
import { about, failed, ok, skipped, type Told, type Verdict, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";
import { MOST_DOMAINS, type SenderDomain, senderDomains } from "./sender-domains.ts";
import { type Host, judgeSpf, readSpf } from "./spf.ts";

/** RFC 2606 2, RFC 6761: nobody has them. */
const RESERVED = /(^|\.)(example\.(com|net|org)|example|test|invalid|localhost)$/;

export async function* checkDomains({ db, wishes }: Patient): AsyncGenerator<Told> {
  const names = nameServers(wishes.dns, wishes.timeoutMs);
  const all = await senderDomains(db, wishes.tenantId);
  // Whoever names a server of his own may well have one for these.
  const asked = all.filter(({ domain }) => wishes.dns.length > 0 || !RESERVED.test(domain));
  if (asked.length === 0) yield about("domains", skipped("nothing is sent yet as a domain of the DNS"));
  const looked = asked.slice(0, MOST_DOMAINS);
  for await (const told of inTurns(looked, (one) => examined(one, names, wishes.dkimSelectors))) yield* told;
  if (asked.length > MOST_DOMAINS)
    yield about(
      "domains",
      skipped(`${asked.length - MOST_DOMAINS} more were not looked at`, "look at one tenant's: --tenant ID"),
    );
}

async function examined(
  { domain, hosts, selectors }: SenderDomain,
  names: Names,
  given: readonly string[],
): Promise<Told[]> {
  const mx = await names.mx(domain);
  if (mx.kind === "silent") return [about(domain, skipped(`no DNS answer (${mx.why})`))];
  const [addresses, spf, dmarc, servers] = await Promise.all([
    names.addresses(domain),
    readSpf(domain, names),
    readDmarc(domain, names),
    Promise.all([...hosts].map((host) => addressed(host, names))),
  ]);
  const keys = [...new Set([...selectors, ...given])].map(async (selector) => {
    const name = `${selector}._domainkey.${domain}`;
    return about(name, judgeDkim(await names.txt(name), name));
  });
  return [
    about(domain, judgeMx(mx, addresses)),
    about(domain, judgeSpf(spf, domain, servers)),
    about(domain, judgeDmarc(dmarc, domain)),
    ...(keys.length === 0
      ? [about(domain, skipped("which DKIM keys it is signed with is not known", "name them with --dkim-selector"))]
      : []),
    ...(await Promise.all(keys)),
  ];
}

async function addressed(host: string, names: Names): Promise<Host> {
  const answer = await names.addresses(host);
  return { host, addresses: answer.kind === "found" ? answer.records : [] };
}

/** RFC 5321 5.1: mail goes to the MX, else to the address; RFC 7505: a null MX says that none is taken. */
export function judgeMx(mx: Answer<{ exchange: string }>, addresses: Answer<string>): Verdict {
  if (mx.kind === "found") {
    if (mx.records.every(({ exchange }) => exchange === "" || exchange === "."))
      return warning(
        "takes no mail (a null MX), so bounces are lost, and some receivers refuse its mail",
        "give it an MX",
      );
    return ok(`takes mail at ${mx.records[0]?.exchange}`);
  }
  if (addresses.kind === "found") return ok("takes mail at its own address, for want of an MX");
  if (addresses.kind === "silent") return skipped(`no DNS answer (${addresses.why})`);
  return failed(
    "there is no such domain, or nothing takes its mail: receivers refuse what comes from it",
    "send as a domain that takes mail",
  );
}
