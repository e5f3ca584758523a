/** The promises, kept by Deno on a libSQL server. */
import { conformance } from "./suite.ts";
import { deno } from "./targets/script.ts";

conformance(deno("sqld"));
