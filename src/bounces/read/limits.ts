/** How much of a stranger's mail is looked at, beside MOST_READ_BYTES: each bound keeps the time that a mail costs near its size. */

/** A MiB in lines of 52 octets; postal-mime pays for lines more than for octets. */
export const MOST_LINES = 20_000;
/** Lines that may be a boundary (RFC 2046 5.1.1). A report has three parts, and each costs as much as ten thousand octets. */
export const MOST_BOUNDARIES = 500;
/** Equals signs: each may end a unit of base64, which postal-mime decodes by itself. */
export const MOST_ESCAPES = 60_000;
export const MOST_NESTED = 20;
export const MOST_HEADER_BYTES = 256 * 1024;
/** Of the text for people, and of a delivery status: what they have to say comes first. */
export const MOST_TEXT = 128 * 1024;
export const MOST_REPORT_LINES = 1_500;
export const LONGEST_LINE = 1_000;
export const MOST_RECIPIENTS = 200;
/** What of a server's words is searched for codes. */
export const LONGEST_WORDS = 2_000;
export const LONGEST_REASON = 500;
export const LONGEST_FIELD = 4_000;
/** daticert.xml names addresses and a few words. */
export const MOST_XML = 64 * 1024;
