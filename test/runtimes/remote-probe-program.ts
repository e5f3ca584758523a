/** The probe as a program, for Bun and Deno: the address and the number of writes as arguments, the outcomes on standard output. */
import { argv } from "node:process";
import { openDatabase } from "../../src/runtimes/database.ts";
import { probe } from "./remote-probe.ts";

const [, , url = "", times = "0"] = argv;
const client = await openDatabase({ url, token: "the-token-of-the-tests", synchronous: "NORMAL" });
console.log(JSON.stringify(await probe(client, Number(times))));
client.close();
