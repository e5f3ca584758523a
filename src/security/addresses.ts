/** Which IP addresses are public: the special-purpose registries of IANA (RFC 6890), as far as they matter for connecting out. */

type Network = readonly [network: number, prefixLength: number];
type Range = readonly [...Network, what: string];

const IPV4: readonly Range[] = [
  [0x00_00_00_00, 8, "reserved"], // 0.0.0.0/8, RFC 791 3.2: "this network"; systems connect to themselves
  [0x0a_00_00_00, 8, "private"], // 10.0.0.0/8, RFC 1918
  [0x64_40_00_00, 10, "private"], // 100.64.0.0/10, RFC 6598: carrier-grade NAT
  [0x7f_00_00_00, 8, "loopback"], // 127.0.0.0/8, RFC 1122 3.2.1.3
  [0xa9_fe_00_00, 16, "link-local"], // 169.254.0.0/16, RFC 3927; cloud metadata services live here
  [0xac_10_00_00, 12, "private"], // 172.16.0.0/12, RFC 1918
  [0xc0_00_00_00, 24, "reserved"], // 192.0.0.0/24, RFC 6890 2.1
  [0xc0_00_02_00, 24, "reserved"], // 192.0.2.0/24, RFC 5737: documentation
  [0xc0_58_63_00, 24, "reserved"], // 192.88.99.0/24, RFC 7526: former 6to4 relays
  [0xc0_a8_00_00, 16, "private"], // 192.168.0.0/16, RFC 1918
  [0xc6_12_00_00, 15, "reserved"], // 198.18.0.0/15, RFC 2544: benchmarks
  [0xc6_33_64_00, 24, "reserved"], // 198.51.100.0/24, RFC 5737
  [0xcb_00_71_00, 24, "reserved"], // 203.0.113.0/24, RFC 5737
  [0xe0_00_00_00, 4, "multicast"], // 224.0.0.0/4, RFC 5771
  [0xf0_00_00_00, 4, "reserved"], // 240.0.0.0/4, RFC 1112 4, with the broadcast address
];

/** The first 32 bits decide: only 2000::/3 is global unicast (RFC 4291 2.4), and within it these are not public. */
const IPV6_GLOBAL: Range = [0x2000_0000, 3, "global"];
const IPV6: readonly Range[] = [
  [0x2001_0000, 23, "reserved"], // 2001::/23, RFC 2928, with Teredo (RFC 4380), which hides an IPv4 address
  [0x2001_0db8, 32, "reserved"], // 2001:db8::/32, RFC 3849: documentation
  [0x2002_0000, 16, "reserved"], // 2002::/16, RFC 3056: 6to4, which hides an IPv4 address
  [0x3fff_0000, 20, "reserved"], // 3fff::/20, RFC 9637: documentation
];

/** Why `a.b.c.d` is not public; undefined where it is. */
export function ipv4Fault(address: string): string | undefined {
  return rangeFault(IPV4, ipv4Bits(address));
}

/** Why an address in the URL Standard's spelling (compressed, hexadecimal only) is not public; undefined where it is. */
export function ipv6Fault(address: string): string | undefined {
  const { family, bits } = ipv6Bits(address);
  if (family === 4) return rangeFault(IPV4, bits);
  return within(IPV6_GLOBAL, bits) ? rangeFault(IPV6, bits) : "is not a public address";
}

/** Whether an address is in one of these networks, such as `192.0.2.0/24`, all in the spelling of above; one without a length is one address. */
export function isIn(networks: readonly string[], address: string): boolean {
  const own = wholeOf(address);
  return networks.some((text) => {
    const [base = "", prefixLength] = text.split("/");
    const network = wholeOf(base);
    const hostBits = BigInt(network.width - Number(prefixLength ?? network.width));
    return network.width === own.width && network.bits >> hostBits === own.bits >> hostBits;
  });
}

/** All bits of an address; of an IPv6 one that carries an IPv4 one, of that. */
function wholeOf(address: string): { width: 32 | 128; bits: bigint } {
  if (!address.includes(":")) return { width: 32, bits: BigInt(ipv4Bits(address) >>> 0) };
  const { family, bits } = ipv6Bits(address);
  if (family === 4) return { width: 32, bits: BigInt(bits >>> 0) };
  return { width: 128, bits: expand(address).reduce((sum, group) => (sum << 16n) | BigInt(group), 0n) };
}

/** Of an IPv6 address that carries an IPv4 one, that one. */
interface LeadingBits {
  family: 4 | 6;
  bits: number;
}

function ipv4Bits(address: string): number {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return (a << 24) | (b << 16) | (c << 8) | d;
}

function ipv6Bits(address: string): LeadingBits {
  const groups = expand(address);
  const family = carriesIpv4(groups) ? 4 : 6;
  const [upper = 0, lower = 0] = family === 4 ? groups.slice(6) : groups;
  return { family, bits: (upper << 16) | lower };
}

/** IPv4-mapped ::ffff:0:0/96 (RFC 4291 2.5.5.2) and NAT64 64:ff9b::/96 (RFC 6052 2.1): as public as the address inside. */
function carriesIpv4(groups: number[]): boolean {
  const prefix = groups.slice(0, 6).join(":");
  return prefix === `0:0:0:0:0:${0xffff}` || prefix === `${0x64}:${0xff9b}:0:0:0:0`;
}

function expand(address: string): number[] {
  const [head = "", tail] = address.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const zeros = tail === undefined ? [] : Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
}

function rangeFault(ranges: readonly Range[], address: number): string | undefined {
  const range = ranges.find((candidate) => within(candidate, address));
  return range && `is a ${range[2]} address`;
}

function within([network, prefixLength]: Network | Range, address: number): boolean {
  return network >>> (32 - prefixLength) === address >>> (32 - prefixLength);
}
