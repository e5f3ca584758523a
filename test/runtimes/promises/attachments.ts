/** Files that a message refers to: brought when it is sent, from where they may come, or their message fails in words. */
import PostalMime from "postal-mime";
import { expect } from "vitest";
import { fileServer } from "../../attachments/support.ts";
import { openTenant, type Tenant } from "../tenant.ts";
import type { Promises } from "./promise.ts";

/** Of the first message that its server has taken. */
async function arrived(tenant: Tenant): Promise<{ name: string | null; type: string; content: string }[]> {
  const [message] = await tenant.untilTaken(1);
  const { attachments } = await new PostalMime({ attachmentEncoding: "utf8" }).parse(message!.wire);
  return attachments.map(({ filename, mimeType, content }) => ({
    name: filename,
    type: mimeType,
    content: String(content),
  }));
}

export function attachments({ proxy, promise }: Promises): void {
  promise(
    "files come from a URL, redirects followed, and from the tenant's own endpoint, with its authentication",
    async () => {
      const files = await fileServer(({ path }, response) => {
        if (path === "/moved") return void response.writeHead(302, { Location: "/files/terms.txt" }).end();
        response.setHeader("Content-Type", "text/plain");
        return path === "/files/terms.txt" ? "the terms" : "the invoice";
      });
      const tenant = await openTenant(proxy, {
        tenant: { client_base_url: files.url, client_auth: { method: "bearer", token: "shared-secret" } },
      });
      await tenant.queue({
        id: "m",
        attachments: [
          { filename: "terms.txt", storage_path: `${files.url}/moved` },
          { filename: "invoice.txt", storage_path: "invoice_id=12&v=2" },
        ],
      });
      expect(await arrived(tenant)).toEqual([
        { name: "terms.txt", type: "text/plain", content: "the terms" },
        { name: "invoice.txt", type: "text/plain", content: "the invoice" },
      ]);
      const asked = files.requests.find(({ path }) => path === "/mail-proxy/attachments");
      expect(asked).toMatchObject({ method: "POST", headers: { authorization: "Bearer shared-secret" } });
      expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
        invoice_id: "12",
        v: "2",
        storage_path: "invoice_id=12&v=2",
      });
    },
  );

  promise(
    "a private address in a message's URL is refused, and the message fails by the name of the file",
    async () => {
      const tenant = await openTenant(proxy);
      await tenant.queue({
        id: "m",
        attachments: [{ filename: "keys.txt", storage_path: "http://169.254.169.254/latest" }],
      });
      const { error } = await tenant.untilShows("m", { status: "error" });
      expect(error).toMatch(/keys\.txt.*169\.254\.169\.254/);
      expect(tenant.server.messages).toEqual([]);
    },
  );

  promise(
    "a file that is not there fails its message at once; one that cannot be had for now is tried again",
    async () => {
      const files = await fileServer(({ path }, response) => {
        response.statusCode = path === "/gone.pdf" ? 404 : 503;
        return "";
      });
      const tenant = await openTenant(proxy);
      const refer = (id: string) => ({ id, attachments: [{ filename: id, storage_path: `${files.url}/${id}` }] });
      await tenant.queue(refer("gone.pdf"), refer("busy.pdf"));
      expect((await tenant.untilShows("gone.pdf", { status: "error" })).error).toMatch(/gone\.pdf.*404/);
      expect(await tenant.untilShows("busy.pdf", { status: "deferred" })).toMatchObject({
        attempts: 1,
        error: expect.stringMatching(/busy\.pdf.*503/),
      });
      expect(await tenant.account()).toMatchObject({ state: "ok" });
      expect(await tenant.untilReported("gone.pdf")).toMatchObject([{ error_ts: expect.any(Number) }]);
      expect(await tenant.untilReported("busy.pdf")).toMatchObject([{ deferred_ts: expect.any(Number) }]);
    },
  );

  promise("a file that is known by its MD5 is fetched once", async () => {
    const files = await fileServer(() => "hello");
    const tenant = await openTenant(proxy);
    const file = {
      filename: "{MD5:5d41402abc4b2a76b9719d911017c592} greeting.txt",
      storage_path: `${files.url}/greeting`,
    };
    await tenant.queue({ id: "first", attachments: [file] });
    expect(await arrived(tenant)).toEqual([{ name: "greeting.txt", type: "text/plain", content: "hello" }]);
    await tenant.queue({ id: "second", attachments: [file] }, { id: "third", attachments: [file] });
    await tenant.untilTaken(3);
    expect(files.requests).toHaveLength(1);
  });
}
