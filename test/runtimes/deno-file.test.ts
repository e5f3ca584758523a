/** The promises, kept by Deno on an embedded file. */
import { conformance } from "./suite.ts";
import { deno } from "./targets/script.ts";

conformance(deno("file"));
