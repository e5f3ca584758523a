/** The promises, kept by Node 20 on a libSQL server. */
import { conformance } from "./suite.ts";
import { node20 } from "./targets/script.ts";

conformance(node20("sqld"));
