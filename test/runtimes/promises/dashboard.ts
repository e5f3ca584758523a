/** The dashboard, without a browser: who gets in, what the pages show, what a form does, and how a page hears of news. */
import { expect } from "vitest";
import { browsing } from "../../dashboard/browsing.ts";
import { openTenant } from "../tenant.ts";
import { ADMIN_TOKEN } from "../under-test.ts";
import type { Promises } from "./promise.ts";

export function dashboard({ proxy, promise }: Promises): void {
  const visit = (token = ADMIN_TOKEN) => browsing(proxy.url, token, (request) => fetch(request));

  promise("a token opens a session, and ending it closes the pages; without one there is only the login", async () => {
    const login = "/dashboard/login?next=%2Fdashboard%2Fmessages";
    const refused = await visit("no-token-of-anybody");
    expect((await refused.get("/dashboard/messages")).headers.get("Location")).toBe(login);
    const admin = await visit();
    expect(await admin.text("/dashboard/messages")).toContain("<h1>Messages");
    await admin.submit("/dashboard/logout", {});
    expect((await admin.get("/dashboard/messages")).headers.get("Location")).toBe(login);
  });

  promise("every page is shown, with nothing in it from elsewhere", async () => {
    const tenant = await openTenant(proxy);
    await tenant.queue({ id: "m1", subject: "A subject to look for" });
    const { pk } = await tenant.untilShows("m1", { status: "sent" });
    const admin = await visit();
    const areas = ["messages", "accounts", "tenants", "suppressions", "webhooks", "commands", "settings"];
    const ofTenant = [`tenants/${tenant.id}`, `accounts/${tenant.id}/default`, `messages/${pk}`];
    for (const path of ["", ...[...areas, ...ofTenant].map((area) => `/${area}`)]) {
      const response = await admin.get(`/dashboard${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      const page = await response.text();
      expect([path, page.match(/<h1\b/g)?.length, page.endsWith("</html>")]).toEqual([path, 1, true]);
      const links = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, to = ""]) => to);
      expect(links.filter((to) => !/^(?:\/dashboard|\/docs|data:,|#)/.test(to))).toEqual([]);
    }
    expect(await admin.text(`/dashboard/messages/${pk}`)).toContain("A subject to look for");
    const [style = ""] = /\/dashboard\/assets\/[^"]*\.css[^"]*/.exec(await admin.text("/dashboard")) ?? [];
    expect((await admin.get(style)).headers.get("Content-Type")).toMatch(/^text\/css/);
  });

  promise("a form does what it says, the next page tells it once, and another site's form does nothing", async () => {
    const tenant = await openTenant(proxy);
    const fields = { tenant_id: tenant.id, id: "default" };
    const admin = await visit();
    const stranger = await admin.post("/dashboard/accounts/pause", fields, "https://elsewhere.example");
    expect([stranger.status, (await tenant.account()).state]).toEqual([403, "ok"]);
    const paused = await admin.submit("/dashboard/accounts/pause", fields);
    const notice = `Account default of ${tenant.id} is paused`;
    expect(paused.text).toContain(notice);
    expect(await admin.text(paused.location)).not.toContain(notice);
    expect((await tenant.account()).state).toBe("paused");
    await admin.submit("/dashboard/accounts/resume", fields);
    expect((await tenant.account()).state).toBe("ok");
  });

  promise("a tenant's key opens the pages of its own tenant alone", async () => {
    const [mine, theirs] = [await openTenant(proxy), await openTenant(proxy)];
    await theirs.queue({ id: "hidden", subject: "A subject of others" });
    const { pk } = await theirs.untilShows("hidden", { status: "sent" });
    const member = await visit(await mine.key());
    expect(await member.text("/dashboard/accounts")).toContain(`/dashboard/accounts/${mine.id}/default`);
    const foreign = new RegExp(`${theirs.id}\\b|subject of others`, "g");
    for (const area of ["", "/messages", "/accounts", "/suppressions", "/webhooks"])
      expect([area, (await member.text(`/dashboard${area}`)).match(foreign)]).toEqual([area, null]);
    expect((await member.get(`/dashboard/messages/${pk}`)).status).toBe(404);
    const theirAccount = { tenant_id: theirs.id, id: "default", back: "/dashboard/accounts" };
    const { text } = await member.submit("/dashboard/accounts/pause", theirAccount);
    expect(text.match(/class="notice failed"/g)).toHaveLength(1);
    expect((await theirs.account()).state).toBe("ok");
  });

  promise("an open page hears at once that there is news", listens, {
    needs: "open pages",
    async instead() {
      const admin = await visit();
      expect(await admin.text("/dashboard")).toContain('data-live="polling"');
      expect((await admin.get("/dashboard/live")).status).toBe(404);
    },
  });

  async function listens(): Promise<void> {
    const tenant = await openTenant(proxy);
    const admin = await visit();
    expect(await admin.text("/dashboard")).toContain('data-live="events"');
    const page = await admin.get("/dashboard/live");
    expect(page.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
    const events = page.body!.pipeThrough(new TextDecoderStream()).getReader();
    const heard = async (event: string) => {
      for (let text = ""; !text.includes(`event: ${event}\n`); ) text += (await events.read()).value;
    };
    await heard("listening");
    await tenant.queue({ id: "m1" });
    await heard("news");
    await events.cancel();
  }
}
