/** The promises, kept by the compiled binary on an embedded file. */
import { conformance } from "./suite.ts";
import { binary } from "./targets/binary.ts";

conformance(binary("file"));
