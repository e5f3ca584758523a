/** The promises, kept by Node 20 on an embedded file. */
import { conformance } from "./suite.ts";
import { node20 } from "./targets/script.ts";

conformance(node20("file"));
