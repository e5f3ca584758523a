/** The promises, kept by Node 24 on an embedded file. */
import { conformance } from "./suite.ts";
import { node24 } from "./targets/script.ts";

conformance(node24("file"));
