/** What servers without enhanced codes mean by their words, as RFC 3463 would put it. */

export interface Meaning {
  /** Subject and detail (RFC 3463 2). */
  detail: string;
  /** The class where nothing else tells it: 4 for what may pass. */
  class: 4 | 5;
}

const MEANINGS: readonly (readonly [words: RegExp, detail: string, statusClass: 4 | 5])[] = [
  [/gr[ea]y-?list/i, "7.1", 4],
  // RFC 3463 3.3, X.2.2: "should be used as a persistent transient failure".
  [
    /quota|(?:mailbox|inbox|mail box|account|postfach|casella).{0,40}(?:full|voll|piena)|full mailbox|insufficient (?:disk|system|storage)/i,
    "2.2",
    4,
  ],
  [/too (?:large|big)|exceeds? .{0,40}(?:size|limit)|size limit|maximum (?:message )?size|RecipSizeLimit/i, "3.4", 5],
  [/unrouteable|unroutable/i, "1.0", 5],
  [
    /(?:host|domain).{0,60}(?:not found|not exist|n['’]t exist|unknown|n['’]t be found|not .{0,20}valid)|no such (?:domain|host)|unknown (?:host|domain)|name or service not known|nxdomain|find any host|non-existent hosts/i,
    "1.2",
    5,
  ],
  [
    /(?:unknown|no such|invalid|bad|non-?existent) .{0,20}(?:user|recipient|mailbox|address|local.part|person)|(?:user|mailbox|account|recipient|address|alias).{0,80}(?:unknown|not exist|n['’]t exist|not found|n['’]t be found|unavailable|not available|rejected)|n['’]t have an? .{0,40}account|not listed in|Recip(?:ient)?NotFound|no mailbox here/i,
    "1.1",
    5,
  ],
  [/(?:account|mailbox|user).{0,40}(?:disabled|inactive|suspended|deactivated|closed)/i, "2.1", 5],
  [
    /relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed|prohibited)|(?:not permitted|unable) to relay/i,
    "7.1",
    5,
  ],
  [
    /spam|black-?list|block-?list|(?:black|block) list|blocked|junk|unsolicited|reputation|virus|malware|policy|dmarc|\bspf\b|\bdkim\b/i,
    "7.1",
    5,
  ],
  [/too many hops|mail loop|routing loop|mail forwarding loop|loops back/i, "4.6", 5],
  [/retry time(?:out)? (?:not reached|exceeded)|expired|in the queue too long|maximum time|delivery time/i, "4.7", 4],
  [
    /timed? ?out|connection (?:refused|reset|lost|dropped)|(?:could ?n['’o]t|unable to|n['’]t) .{0,20}connect|no route to|network is unreachable|not responding|did ?n['’o]t respond/i,
    "4.1",
    4,
  ],
];

export function meaningOf(words: string): Meaning | undefined {
  const found = MEANINGS.find(([pattern]) => pattern.test(words));
  return found === undefined ? undefined : { detail: found[1], class: found[2] };
}
