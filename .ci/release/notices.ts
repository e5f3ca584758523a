/** What the licences of the packages in a binary want to be said with it. */
import type { Package } from "./packages.ts";

const LINE = "=".repeat(100);

const HEAD = `Third-party software in this binary of mail-proxy, each package with its licence.

bun (packages @oven/bun-*) is the executable that the program is appended to. Oven has put it under the MIT licence; it links,
among others, JavaScriptCore and WebKit (LGPL-2.1), BoringSSL, ICU, zlib-ng, zstd, brotli, libarchive, mimalloc, lol-html,
c-ares and uWebSockets. Its own list, with all licences and how to link it anew with a changed JavaScriptCore, is LICENSE.md
in https://github.com/oven-sh/bun at the tag of the version below. The program itself is bundled anew around such an executable
by "npm run build" in the sources of mail-proxy.

The addon of libSQL (packages @libsql/*) holds libSQL and SQLite, which is in the public domain, and crates of Rust, which are
named in Cargo.lock of https://github.com/tursodatabase/libsql-js at the version below.
`;

const MIT = (holder: string) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify,
merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const ISC = (holder: string) => `ISC License

Copyright (c) ${holder}

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided
that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`;

/** For packages that name their licence and do not bring its words. */
const WORDS: Record<string, (holder: string) => string> = {
  MIT,
  ISC,
  "Apache-2.0": (holder) => `Copyright ${holder}\n\nThe Apache License, Version 2.0: see LICENSE beside this file.`,
};

export function notices(packages: readonly Package[]): string {
  return [HEAD, ...packages.map(notice)].join(`\n${LINE}\n`);
}

function notice({ name, version, license, author, words }: Package): string {
  const said = words ?? WORDS[license]?.(author);
  if (said === undefined) throw new Error(`${name} is under ${license}, whose words are nowhere`);
  return `${name} ${version} (${license})\n\n${said}\n`;
}
