/** The promises, kept by Node 24 on a libSQL server. */
import { conformance } from "./suite.ts";
import { node24 } from "./targets/script.ts";

conformance(node24("sqld"));
