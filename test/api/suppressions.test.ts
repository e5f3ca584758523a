import { expect, test } from "vitest";
import { ADMIN, addTenant, apiWithTenant, T0, type TestApi, testApi } from "./support.ts";

const CSV = { "Content-Type": "text/csv" };
const importing = (api: TestApi, body: string, token = ADMIN, path = "/suppressions") =>
  api.call("POST", path, { token, body, headers: CSV });
const remove = (api: TestApi, query: string, json: object = {}, token = ADMIN) =>
  api.call("DELETE", `/suppressions?${query}`, { token, json });
const addresses = async (api: TestApi, query = "") => {
  const { body } = await api.get(`/suppressions?${query}`);
  return (body.suppressions as { address: string }[]).map(({ address }) => address);
};

test("one address is added with what there is to say of it, and changed by saying it again", async () => {
  const { api, key } = await apiWithTenant();
  const more = { reason: " asked\n by telephone ", expires_ts: T0 / 1000 + 60 };
  const added = await api.post("/suppressions", { address: "Ann@example.net", ...more }, key);
  expect(added.body).toEqual({ ok: true, added: 1, updated: 0, rejected: [], rejected_total: 0 });
  const { body } = await api.get("/suppressions", key);
  expect(body).toEqual({
    ok: true,
    next_cursor: null,
    suppressions: [
      {
        ...{ tenant_id: "acme", address: "ann@example.net", source: "manual", reason: "asked by telephone" },
        ...{ pk: null, message_id: null, created_ts: T0 / 1000, expires_ts: T0 / 1000 + 60 },
      },
    ],
  });
  expect((await api.post("/suppressions", { address: "ANN@example.net" }, key)).body).toMatchObject({ updated: 1 });
});

test("a wrong entry is rejected for itself, and named", async () => {
  const { api } = await apiWithTenant();
  const suppressions = [
    { address: "ann@example.net" },
    { address: "ann@" },
    "bob@example.net",
    { address: "eva@example.net", expires_ts: 1 },
    { address: "joe@example.net", color: "red" },
    { address: "zoe@example.net", source: "import" },
  ];
  const { body } = await api.post("/suppressions", { suppressions });
  expect(body).toMatchObject({
    ...{ ok: true, added: 2, updated: 0, rejected_total: 4 },
    rejected: [
      { index: 1, address: "ann@", reason: expect.stringContaining("the domain is missing") },
      { index: 2, address: null, reason: expect.stringContaining("object") },
      { index: 3, address: "eva@example.net", reason: "expires_ts: must be in the future" },
      { index: 4, address: "joe@example.net", reason: "color: unknown field" },
    ],
  });
  expect(await addresses(api)).toEqual(["zoe@example.net", "ann@example.net"]);
});

test("a call that is wrong as a whole is refused", async () => {
  const { api } = await apiWithTenant();
  for (const body of [
    {},
    { address: "not an address" },
    { address: "a@example.net", suppressions: [] },
    { suppressions: [], reason: "all of them" },
    { address: "a@example.net", expires_ts: 1 },
    { suppressions: Array(10_001).fill({ address: "a@example.net" }) },
  ])
    expect((await api.post("/suppressions", body)).status, JSON.stringify(body).slice(0, 80)).toBe(422);
  expect((await remove(api, "")).status).toBe(422);
  expect((await api.post("/suppressions?tenant_id=other", { tenant_id: "acme", address: "a@b.example" })).status).toBe(
    422,
  );
  expect((await importing(api, "name,first\r\nx,y")).status).toBe(422);
  expect(
    (await api.call("POST", "/suppressions", { body: "x", headers: { "Content-Type": "text/html" } })).status,
  ).toBe(415);
});

test("pages are newest first, and go on where they ended; filters choose", async () => {
  const { api } = await apiWithTenant();
  for (const [n, source] of (["bounce", "import", "bounce"] as const).entries()) {
    await api.post("/suppressions", { address: `r${n}@example.net`, source });
    api.now += 1_000;
  }
  const first = await api.get("/suppressions?limit=2");
  expect((first.body.suppressions as object[]).map((one) => Object(one).address)).toEqual([
    "r2@example.net",
    "r1@example.net",
  ]);
  expect(await addresses(api, `limit=2&cursor=${first.body.next_cursor}`)).toEqual(["r0@example.net"]);
  expect(await addresses(api, "source=bounce")).toEqual(["r2@example.net", "r0@example.net"]);
  expect(await addresses(api, "q=R1%40")).toEqual(["r1@example.net"]);
  expect(await addresses(api, "q=%25")).toEqual([]);
  expect(await addresses(api, `since=${T0 / 1000 + 1}&until=${T0 / 1000 + 2}`)).toEqual(["r1@example.net"]);
});

test("what an export gives goes in again, whatever stands in it", async () => {
  const { api } = await apiWithTenant();
  const suppressions = [
    { address: "ann@example.net", reason: 'says "no", twice;', source: "complaint" },
    { address: "=cmd|calc@example.net", reason: "=1+1", expires_ts: T0 / 1000 + 60 },
    { address: "'=x@example.net", reason: "-" },
    { address: "eva@münchen.example", reason: "é" },
    { address: '"a,b"@example.net', source: "unsubscribe" },
  ];
  await api.post("/suppressions", { suppressions });
  const { body } = await api.get("/suppressions");
  const csv = await api.call("GET", "/suppressions", { headers: { Accept: "text/csv" } });
  expect(csv.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
  expect(csv.text).toMatch(/^address,source,reason,pk,message_id,created_ts,expires_ts\r\n/);
  expect(csv.text).not.toMatch(/(^|,)"?[=+@-]/m);
  expect((await api.get("/suppressions?format=csv")).text).toBe(csv.text);
  await remove(api, "", { addresses: suppressions.map(({ address }) => address) });
  expect((await importing(api, csv.text)).body).toMatchObject({ added: 5, rejected: [] });
  const again = (await api.get("/suppressions")).body.suppressions as object[];
  expect(again.toReversed()).toEqual(body.suppressions);
});

const FILES: [what: string, file: string, added: string[], rejected: object[]][] = [
  ["another system's columns", "status,reason,email\n550,bad,a@x.example\n551,,b@x.example\n", ["a", "b"], []],
  ["semicolons, a byte order mark and old line ends", '\ufeffEmail;Reason\r\na@x.example;"x;y"\r\n', ["a"], []],
  ["tabs, blank lines and no line end", "email\treason\n\na@x.example\tx\n\nb@x.example", ["a", "b"], []],
  [
    "lines that are no entries",
    "email\nnobody\na@x.example\n,\n",
    ["a"],
    [
      { line: 2, address: "nobody" },
      { line: 4, address: "" },
    ],
  ],
  ["a cell of several lines", 'email,reason\n"a@x.example","one\ntwo"\nnobody\n', ["a"], [{ line: 4 }]],
  ["a quote that is not closed", 'email,reason\n"a@x.example,x\nb@x.example,y\n', ["b"], [{ line: 2, address: null }]],
  ["a stray quote far before another", 'email\n"a@x.example\nb@x.example\n"c@x.example"\n', ["b", "c"], [{ line: 2 }]],
  ["a source that is not ours", "email,source\na@x.example,HardBounce\n", ["a"], []],
];
test.each(FILES)("a file is read with %s", async (_, file, added, rejected) => {
  const { api, key } = await apiWithTenant();
  const { body } = await importing(api, file, key);
  expect(body).toMatchObject({ added: added.length, rejected, rejected_total: rejected.length });
  expect(await addresses(api)).toEqual(added.map((name) => `${name}@x.example`).reverse());
});

test("a file that is none is told of without end, but not at any length", async () => {
  const { api } = await apiWithTenant();
  const { body } = await importing(api, `email\n${"nobody\n".repeat(3_000)}`);
  expect(body).toMatchObject({ added: 0, rejected_total: 3_000 });
  expect(body.rejected).toHaveLength(1_000);
});

test("a hundred thousand lines go in, a few of them twice", { timeout: 60_000 }, async () => {
  const { api } = await apiWithTenant();
  const lines = Array.from({ length: 100_000 }, (_, n) => `r${n % 99_000}@example.net`);
  const { body } = await importing(api, `email\n${lines.join("\n")}`);
  expect(body).toMatchObject({ added: 99_000, updated: 1_000, rejected: [] });
});

test("addresses are taken off, by the query string or by a list", async () => {
  const { api, key } = await apiWithTenant();
  const all = ["a@x.example", "b@x.example", "c@x.example"];
  await api.post("/suppressions", { suppressions: all.map((address) => ({ address })) });
  expect((await remove(api, "address=A%40x.example", {}, key)).body).toEqual({ ok: true, removed: 1, not_found: [] });
  expect((await remove(api, "", { addresses: all }, key)).body).toEqual({
    ...{ ok: true, removed: 2, not_found: ["a@x.example"] },
  });
});

test("a key has its own list; the admin names the tenant where there are several", async () => {
  const api = await testApi();
  const acme = await addTenant(api, "acme");
  const globex = await addTenant(api, "globex");
  await api.post("/suppressions", { address: "a@x.example" }, acme);
  expect((await api.get("/suppressions", globex)).body).toMatchObject({ suppressions: [] });
  expect((await remove(api, "address=a%40x.example", {}, globex)).body).toMatchObject({ removed: 0 });
  expect((await api.get("/suppressions")).status).toBe(422);
  expect(await addresses(api, "tenant_id=acme")).toEqual(["a@x.example"]);
  expect((await importing(api, "email\nb@x.example", ADMIN, "/suppressions?tenant_id=globex")).body).toMatchObject({
    added: 1,
  });
  expect((await importing(api, "email\nb@x.example", acme, "/suppressions?tenant_id=globex")).status).toBe(403);
  expect((await api.post("/suppressions", { tenant_id: "nobody", address: "a@x.example" })).status).toBe(404);
});

test("changes are in the command log as they can be made again, and a large file by its size alone", async () => {
  const { api } = await apiWithTenant();
  await importing(api, "email,reason\na@x.example,moved\n");
  await importing(api, `email\n${Array.from({ length: 1_001 }, (_, n) => `r${n}@x.example`).join("\n")}`);
  const { body } = await api.get("/command-log?limit=2");
  expect(body.commands).toMatchObject([
    { path: "/suppressions", tenant_id: "acme", replayable: false, payload: { omitted: "1001 lines of CSV" } },
    {
      ...{ path: "/suppressions", tenant_id: "acme", replayable: true },
      payload: { suppressions: [{ address: "a@x.example", reason: "moved", source: "import" }] },
    },
  ]);
});

test.each([
  ["separators", ","],
  ["empty lines", "\n"],
  ["quotes that do not close", '"x\n'],
  ["lines of separators", `${",".repeat(400)}\n`],
])("a file of nothing but %s is read in time that grows with it alone", async (_, unit) => {
  const { api } = await apiWithTenant();
  const msOf = async (mebibytes: number) => {
    const file = `address\n${unit.repeat((mebibytes * 2 ** 20) / unit.length)}`;
    const start = performance.now();
    expect((await importing(api, file)).status).toBe(200);
    return performance.now() - start;
  };
  const one = await msOf(1);
  // Four times as much; sixteen times and more where each cell looks for the line's end. What is over at once says nothing.
  expect((await msOf(4)) / Math.max(one, 100)).toBeLessThan(12);
});
