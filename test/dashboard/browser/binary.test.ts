/** The dashboard of the compiled binary, which tells its pages what is new. */
import { binary } from "../../runtimes/targets/binary.ts";
import { dashboardOn } from "./suite.ts";

dashboardOn(binary("file"));
