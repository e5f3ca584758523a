/** The probe as a Worker: one client each invocation, as the service has it. */
import { RemoteClient } from "../../src/runtimes/remote-client.ts";
import { probe } from "./remote-probe.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const { url = "", times = "0" } = Object.fromEntries(new URL(request.url).searchParams);
    const client = new RemoteClient({ url, token: "the-token-of-the-tests", deadlineMs: 2_000 });
    return Response.json(await probe(client, Number(times)));
  },
};
