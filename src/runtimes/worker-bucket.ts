/** The R2 buckets that are bound to a Worker, each call counted: Cloudflare grants an invocation only so many. */
import type { Source } from "../config.ts";
import type { Bucket, Requests } from "../ports.ts";

/** By the name of the binding; undefined where there is none, or it binds something else. */
export function bucketsOf(bindings: Source, requests: Requests): (binding: string) => Bucket | undefined {
  return (binding) => {
    const bound = bindings[binding];
    return isBucket(bound) ? counted(bound, requests) : undefined;
  };
}

/** KV namespaces, which have the other three, have no `head`. */
function isBucket(bound: unknown): bound is Bucket {
  if (typeof bound !== "object" || bound === null) return false;
  return ["get", "put", "delete", "head"].every((name) => typeof Reflect.get(bound, name) === "function");
}

function counted(bucket: Bucket, requests: Requests): Bucket {
  return {
    get(...call) {
      requests.count();
      return bucket.get(...call);
    },
    put(...call) {
      requests.count();
      return bucket.put(...call);
    },
    delete(...call) {
      requests.count();
      return bucket.delete(...call);
    },
  };
}
