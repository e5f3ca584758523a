/** What a folder of cached files holds, least recently used first: known from one look at it, and kept from then on. */

export interface CachedFile {
  key: string;
  bytes: number;
  /** Unix milliseconds. */
  usedAt: number;
}

export class CacheIndex {
  readonly #maxBytes: number;
  /** Bytes by key. A Map remembers the order in which keys were put in, and that is the order of use. */
  readonly #files = new Map<string, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What was seen there takes the place of all that was known. */
  replace(files: CachedFile[]): void {
    this.#files.clear();
    this.#bytes = 0;
    for (const { key, bytes } of files.toSorted((a, b) => a.usedAt - b.usedAt)) this.add(key, bytes);
  }

  add(key: string, bytes: number): void {
    this.remove(key);
    this.#files.set(key, bytes);
    this.#bytes += bytes;
  }

  use(key: string): void {
    const bytes = this.#files.get(key);
    if (bytes !== undefined) this.add(key, bytes);
  }

  remove(key: string): void {
    this.#bytes -= this.#files.get(key) ?? 0;
    this.#files.delete(key);
  }

  /** Forgets what is too much, and names it. */
  takeSurplus(): string[] {
    const surplus: string[] = [];
    for (const key of this.#files.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.remove(key);
      surplus.push(key);
    }
    return surplus;
  }
}
