/** The noisy tenant's SMTP servers as a process of their own: one that takes everything, one that takes connections and is silent. */
import { answerAll, tell } from "../answering.ts";
import { startSink } from "../sink.ts";

const sink = startSink();
const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });

tell({ willing: sink.port, silent: silent.port });
await answerAll(() => ({ taken: sink.taken() }));
sink.stop();
silent.stop(true);
