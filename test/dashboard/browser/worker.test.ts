/** The dashboard of the Worker in workerd, whose pages ask for what is new. */
import { workerd } from "../../runtimes/targets/workerd.ts";
import { dashboardOn } from "./suite.ts";

dashboardOn(workerd);
