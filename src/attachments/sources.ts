/** Where an attachment's content is to be had, by its fetch_mode. */
import type { Config } from "../config.ts";
import type { Ports } from "../ports.ts";
import type { Credentials } from "../security/credentials.ts";
import { ANYWHERE, publicReach, type Reach } from "../security/reach.ts";
import { openSealedStore } from "../security/sealed-store.ts";
import type { Vault } from "../security/vault.ts";
import { AttachmentError, type Opened, type RemoteFile } from "./content.ts";
import { openAtEndpoint } from "./endpoint-source.ts";
import { type FileSource, fileSource } from "./file-source.ts";
import { openStore, type Surroundings } from "./stores/index.ts";
import type { AttachmentTenant } from "./tenant.ts";
import { openUrl } from "./url-source.ts";

export interface SourceOptions {
  config: Config;
  vault: Vault;
  ports: Pick<Ports, "http" | "folder">;
  surroundings: Surroundings;
}

/** `NAME:path`, as the API takes it. */
const STORED = /^([^:]+):(.+)$/su;

export class Sources {
  readonly #options: SourceOptions;
  /** For URLs out of messages. */
  readonly #opened: Reach;
  /** For endpoints that a tenant's own key named. */
  readonly #public = publicReach();
  readonly #files: FileSource;

  /** Throws ConfigError where a setting of attachments cannot be used. */
  constructor(options: SourceOptions) {
    this.#options = options;
    this.#opened = publicReach(options.config.attachmentAllow);
    this.#files = fileSource(options.config.attachmentDir, options.ports.folder);
  }

  /** Throws AttachmentError, or the signal's reason. */
  async open(file: RemoteFile, tenant: AttachmentTenant, signal: AbortSignal): Promise<Opened> {
    const { http } = this.#options.ports;
    switch (file.fetch_mode) {
      case "http_url": {
        const credentials = await this.#own(file);
        return openUrl(file.storage_path, { http, reach: this.#opened, credentials, signal });
      }
      case "endpoint": {
        const credentials = (await this.#own(file)) ?? (await this.#tenants(tenant));
        const reach = tenant.publicOnly ? this.#public : ANYWHERE;
        return openAtEndpoint(file.storage_path, tenant, { http, reach, credentials, signal });
      }
      case "filesystem":
        return this.#files(file.storage_path);
      case "storage":
        return this.#stored(file.storage_path, tenant, signal);
    }
  }

  async #stored(storagePath: string, { stores }: AttachmentTenant, signal: AbortSignal): Promise<Opened> {
    const [, name = "", path = ""] = STORED.exec(storagePath) ?? [];
    const store = stores !== null && Object.hasOwn(stores, name) ? stores[name] : undefined;
    if (store === undefined) throw new AttachmentError(`its tenant has no store ${JSON.stringify(name)}`, true);
    const address = await openSealedStore(this.#options.vault, store).catch(() => {
      throw new AttachmentError(`the store ${JSON.stringify(name)} cannot be opened: set it again`, true);
    });
    return openStore(address, this.#options.surroundings).get(path, signal);
  }

  /** Kept as one sealed text. */
  async #own({ auth }: RemoteFile): Promise<Credentials | undefined> {
    if (auth === undefined) return undefined;
    return JSON.parse(await this.#unsealed(auth, "its auth"));
  }

  async #tenants({ auth }: AttachmentTenant): Promise<Credentials | undefined> {
    if (auth === null) return undefined;
    const { token, password } = auth;
    return {
      ...auth,
      token: token && (await this.#unsealed(token, "client_auth")),
      password: password && (await this.#unsealed(password, "client_auth")),
    };
  }

  /** What is thrown at a secret that cannot be opened stays here. */
  #unsealed(sealed: string, what: string): Promise<string> {
    return this.#options.vault.open(sealed).catch(() => {
      throw new AttachmentError(`${what} cannot be used: set it again`, true);
    });
  }
}
