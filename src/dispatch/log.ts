/** The dispatcher's log. */
import { getLogger } from "@logtape/logtape";

export const log = getLogger(["mail-proxy", "dispatch"]);
