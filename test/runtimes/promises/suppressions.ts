/** The list of those whom a tenant's mail does not go to, kept by hand. */
import { expect } from "vitest";
import { openTenant } from "../tenant.ts";
import { ADMIN_TOKEN } from "../under-test.ts";
import type { Promises } from "./promise.ts";

const GONE = "Gone@example.net";
const CSV = "email,reason\nann@example.net,asked\nno address,asked\nbob@example.net,asked\n";

export function suppressions({ proxy, promise }: Promises): void {
  promise("who is put on the list fails alone, is found on it, and gets mail again once taken off", async () => {
    const tenant = await openTenant(proxy);
    const on = await tenant.call("POST", "/suppressions", { address: GONE, reason: "asked" });
    expect(on).toMatchObject({ status: 200, body: { added: 1, updated: 0 } });
    const again = { suppressions: [{ address: GONE }, { address: "nobody" }] };
    expect(await tenant.call("POST", "/suppressions", again)).toMatchObject({
      status: 200,
      body: { added: 0, updated: 1, rejected_total: 1 },
    });
    const listed = { address: GONE.toLowerCase(), source: "manual", tenant_id: tenant.id };
    for (const filter of ["", "?q=gone", "?source=manual&limit=1", "?q=gone&source=manual&since=1&until=9999999999"])
      expect((await tenant.call("GET", `/suppressions${filter}`)).body).toMatchObject({ suppressions: [listed] });

    const to = ["gone@example.net", "fine@example.net"];
    await tenant.queue({ id: "m1", to });
    await tenant.untilTaken(1);
    const off = { addresses: [GONE, "never@example.net"] };
    expect((await tenant.call("DELETE", "/suppressions", off)).body).toMatchObject({
      removed: 1,
      not_found: ["never@example.net"],
    });
    await tenant.queue({ id: "m2", to });
    expect((await tenant.untilTaken(2)).map(({ recipients }) => recipients)).toEqual([["fine@example.net"], to]);
  });

  promise("a list goes in as CSV, what is wrong in it is told by its line, and it comes out as CSV", async () => {
    const tenant = await openTenant(proxy);
    const path = `/suppressions?tenant_id=${tenant.id}`;
    const headers = { "X-API-Token": ADMIN_TOKEN, "Content-Type": "text/csv" };
    const { body } = await proxy.send(path, { method: "POST", headers, body: CSV });
    expect(body).toMatchObject({ added: 2, rejected: [{ line: 3 }], rejected_total: 1 });
    const [, ...lines] = (await proxy.text(`${path}&format=csv`)).trimEnd().split(/\r?\n/);
    expect(lines.map((line) => line.split(",")[0])).toEqual(["bob@example.net", "ann@example.net"]);
  });
}
