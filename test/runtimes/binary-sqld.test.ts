/** The promises, kept by the compiled binary on a libSQL server. */
import { conformance } from "./suite.ts";
import { binary } from "./targets/binary.ts";

conformance(binary("sqld"));
