import { expect, test } from "vitest";
import { addressFault, hostFault, urlFault } from "../../src/security/hosts.ts";

const PUBLIC = [
  "smtp.example.com",
  "SMTP.Example.COM.",
  "mx_1.example.com",
  "smtp.bücher.example",
  "local.example.com",
  "internal-mail.example.com",
  "notlocal.example",
  "9.9.9.9",
  "9.9.9.9.",
  "100.63.255.255",
  "100.128.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.0",
  "198.20.0.0",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "[2606:4700:4700::1111]",
  "2001:200::1",
  "2a00:1450::1",
  "::ffff:9.9.9.9",
  "64:ff9b::9.9.9.9",
];

test.each(PUBLIC)("%s is public", (host) => {
  expect(hostFault(host)).toBeUndefined();
});

const REFUSED: [reason: string, hosts: string[]][] = [
  [
    "is not a public host name",
    ["localhost", "LOCALHOST", "localhost.", "sandbox", "Sandbox", "mailserver", "local\u00adhost"],
  ],
  [
    "is a name of a private network",
    [
      "a.localhost",
      "printer.local",
      "printer.LOCAL.",
      "db.prod.internal",
      "metadata.google.internal",
      "nas.home.arpa",
      "mail.lan",
    ],
  ],
  [
    "is a loopback address",
    [
      ...[
        "127.0.0.1",
        "127.0.0.1.",
        "127.255.255.255",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
      ],
      ...["017700000001", "１２７.０.０.１", "127。0。0。1", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]", "::ffff:7f00:1"],
      ...["0:0:0:0:0:FFFF:7F00:0001", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1"],
    ],
  ],
  [
    "is a private address",
    [
      ...[
        "10.0.0.1",
        "10.255.255.255",
        "012.0.0.1",
        "0xa.1",
        "167772161",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
      ],
      ...[
        "3232235521",
        "0xc0a80001",
        "100.64.0.1",
        "100.127.255.255",
        "::ffff:10.0.0.1",
        "::ffff:c0a8:1",
        "64:ff9b::10.0.0.1",
      ],
    ],
  ],
  [
    "is a link-local address",
    ["169.254.169.254", "2852039166", "0xA9FEA9FE", "169.254.43518", "::ffff:169.254.169.254"],
  ],
  ["is a multicast address", ["224.0.0.1", "239.255.255.255"]],
  [
    "is a reserved address",
    [
      ...["0.0.0.0", "0", "0.1.2.3", "0x0"],
      ...["240.0.0.1", "255.255.255.255", "4294967295", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255"],
      ...[
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "2001:db8::1",
        "2001::1",
        "2001:1ff::1",
        "2002:7f00:1::",
        "3fff:fff::1",
      ],
    ],
  ],
  [
    "is not a public address",
    [
      ...[
        "::1",
        "[::1]",
        "0:0:0:0:0:0:0:1",
        "::",
        "::127.0.0.1",
        "::7f00:1",
        "::9.9.9.9",
        "fe80::1",
        "febf::1",
        "fec0::1",
      ],
      ...["fc00::1", "fdff::1", "ff02::1", "100::1", "64:ff9b:1::1", "::ffff:0:7f00:1", "5f00::1", "4000::1"],
    ],
  ],
  [
    "is not a host name or address",
    [
      ...[
        "",
        " ",
        ".",
        "..",
        ".example.com",
        "a..example.com",
        "example.com..",
        "smtp.example.com:25",
        "[2606:4700::1]:25",
        "[::1",
      ],
      ...["fe80::1%eth0", "[fe80::1%25eth0]", "%31%32%37.0.0.1", "user@smtp.example.com", "user:pass@smtp.example.com"],
      ...[
        "smtp.example.com/x",
        "smtp.example.com\\x",
        "smtp.example.com?x",
        "smtp.example.com#x",
        "smtp.example.com\r\nX: y",
      ],
      ...[
        "smtp.example.com\0.local",
        "local\thost",
        "http://smtp.example.com",
        "256.256.256.256",
        "1.2.3.4.5",
        "1.2.3.08",
        "::g",
      ],
    ],
  ],
];

test.each(REFUSED.flatMap(([reason, hosts]) => hosts.map((host) => [host, reason] as const)))(
  "%j %s",
  (host, reason) => {
    expect(hostFault(host)).toBe(reason);
  },
);

test.each([
  ["https://app.example.com/hooks?x=1", undefined],
  ["http://app.example.com:8080", undefined],
  ["https://[2606:4700:4700::1111]/", undefined],
  ["https://127.1/", "is a loopback address"],
  ["https://0x7f.0.0.1:8443/", "is a loopback address"],
  ["http://[::ffff:10.0.0.1]/", "is a private address"],
  ["http://localhost:3000", "is not a public host name"],
  ["https://9.9.9.9@127.0.0.1/", "holds credentials"],
  ["https://user:pass@app.example.com/", "holds credentials"],
  ["ftp://app.example.com/", "is not an http or https URL"],
  ["file:///etc/passwd", "is not an http or https URL"],
  ["app.example.com", "is not a URL"],
  ["", "is not a URL"],
])("the URL %j: %s", (url, fault) => {
  expect(urlFault(url)).toBe(fault);
});

test.each([
  ["9.9.9.9", undefined],
  ["2606:4700:4700::1111", undefined],
  ["10.1.2.3", "is a private address"],
  ["::ffff:127.0.0.1", "is a loopback address"],
  ["fe80::1%eth0", "is not an address"],
  ["app.example.com", "is not an address"],
])("the resolved address %s: %s", (address, fault) => {
  expect(addressFault(address)).toBe(fault);
});
