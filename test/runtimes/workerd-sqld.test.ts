/** The promises, kept by the Worker in workerd, on a libSQL server. */
import { conformance } from "./suite.ts";
import { workerd } from "./targets/workerd.ts";

conformance(workerd);
