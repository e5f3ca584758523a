/** Opens the store that a tenant's URL names. */
import type { Ports } from "../../ports.ts";
import { ANYWHERE, publicReach } from "../../security/reach.ts";
import type { StoreAddress } from "../../security/sealed-store.ts";
import { AttachmentError } from "../content.ts";
import { AzureStore } from "./azure.ts";
import { BucketStore } from "./bucket.ts";
import { FolderStore } from "./folder.ts";
import { S3Store } from "./s3.ts";
import type { Store } from "./store.ts";
import { parseStoreUrl } from "./url.ts";

/** What stores are reached by, of a runtime's. */
export type Surroundings = Pick<Ports, "http" | "now" | "folder" | "bucket">;

/** Throws AttachmentError, a permanent one, where the URL names none or this runtime cannot reach such a store. */
export function openStore({ url, publicOnly }: StoreAddress, { http, now, folder, bucket }: Surroundings): Store {
  const place = parseStoreUrl(url);
  if ("fault" in place) throw new AttachmentError(`the store's URL ${place.fault}`, true);
  const options = { http, now, reach: publicOnly ? publicReach() : ANYWHERE };
  switch (place.kind) {
    case "s3":
    case "gs":
      return new S3Store(place, options);
    case "az":
      return new AzureStore(place, options);
    case "r2": {
      if (publicOnly) throw operatorsOwn(place.kind);
      const bound = bucket?.(place.binding);
      if (bound === undefined) throw new AttachmentError(`there is no R2 binding ${place.binding} here`, true);
      return new BucketStore(bound, place.prefix);
    }
    case "file":
      if (publicOnly) throw operatorsOwn(place.kind);
      if (folder === undefined)
        throw new AttachmentError("a file: store needs a file system, which there is none of here", true);
      return new FolderStore(folder(place.url));
  }
}

/** Others' files may be in it. */
function operatorsOwn(kind: string): AttachmentError {
  return new AttachmentError(`a store of that kind (${kind}:) is for the admin token alone to name`, true);
}
