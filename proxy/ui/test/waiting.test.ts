// While something is under way: the last question wins, no deed is lost, and people see that it takes its time.

import { expect } from "@esm-bundle/chai";
import { modules } from "../src/pages/settings/settings.ts";
import { accessible } from "./axe.ts";
import { Status, type Replies } from "./double.ts";
import { all, asked, button, calm, destinations, find, held, maybe, place, press, section, text, type, until } from "./fixture.ts";
import "./states.ts";
import { about, activities, invitation, member, replies, seat } from "./world.ts";

const went = destinations();

const never = (): Promise<never> => new Promise(() => undefined);

function choose(element: Element, path: string, value: string, event = "change"): void {
  const select = find<HTMLSelectElement>(element, path);
  select.value = value;
  select.dispatchEvent(new Event(event, { bubbles: true }));
}

describe("the last question wins", () => {
  it("team: a filter that is set while the list is on its way", async () => {
    const first = held([member(0), member(1), member(2)]);
    const { element, double } = await section("team", { "GET /api/workspaces/:id/members": ({ query }) => (query.get("role") ? [member(1)] : first.reply()) });
    choose(element, 'select[name="role"]', "manager", "input");
    await until(() => maybe(element, ".people"));
    expect(all(element, ".people .mail").map(text)).to.deep.equal(["grace@example.com"]);
    first.release();
    await calm();
    expect(all(element, ".people .mail").map(text), "an answer that comes too late shows nothing").to.deep.equal(["grace@example.com"]);
    expect(asked(double, "GET").filter((path) => path.includes("/members?")).length).to.equal(2);
  });

  it("activity: a filter that is set while the list is on its way", async () => {
    const first = held(activities());
    const { element } = await section("activity", { "GET /api/workspaces/:id/activity": ({ query }) => (query.get("action") ? activities().slice(3, 4) : first.reply()) });
    choose(element, "#f-action", "member.joined");
    await until(() => maybe(element, "ol"));
    first.release();
    await calm();
    expect(all(element, "ol strong").map(text)).to.deep.equal(["Member joined"]);
  });

  it("more of a list that is filtered meanwhile is not put below it", async () => {
    const more = held([member(2)]);
    const list = ({ query }: { query: URLSearchParams }): unknown => {
      if (query.get("query")) return [member(1)];
      return query.get("cursor") ? more.reply() : new Response(JSON.stringify([member(0)]), { headers: { Link: '</api/workspaces/w-home/members?cursor=c-1>; rel="next"' } });
    };
    const { element } = await section("team", { "GET /api/workspaces/:id/members": list });
    await until(() => all(element, "button").some((one) => text(one) === "Show more"));
    button(element, "Show more").click();
    await calm();
    expect(button(element, "Loading").ariaBusy).to.equal("true");
    type(element, "#f-query", "grace");
    await until(() => text(find(element, ".people")).includes("grace"));
    more.release();
    await calm();
    expect(all(element, ".people .mail").map(text)).to.deep.equal(["grace@example.com"]);
  });

  it("my workspaces: what changed while the list was on its way is seen", async () => {
    const first = held({ workspaces: [seat(0)], activeWorkspaceId: "w-home" });
    let turn = 0;
    const list = (): unknown => ((turn += 1) === 1 ? first.reply() : { workspaces: [seat(0), seat(1)], activeWorkspaceId: "w-home" });
    const { element, double } = await place<HTMLElement>("annex-mine-page", { replies: { "GET /api/workspaces": list } });
    double.tell("change", { event: "membership", workspaceId: "w-1" });
    await until(() => maybe(element, "li"));
    first.release();
    await calm();
    expect(all(element, 'ul[aria-label="My workspaces"] li').length).to.equal(2);
  });

  it("settings: of two sections that were wanted the second is shown", async () => {
    const kept = modules.branding;
    const slow = held(null);
    modules.branding = slow.reply;
    history.replaceState(null, "", "#info");
    const { element } = await place<HTMLElement>("annex-settings-page");
    await until(() => maybe(element, "nav"));
    find(element, 'nav a[href="#branding"]').click();
    await until(() => maybe(element, 'nav a[href="#branding"] .spinner'));
    expect(find(element, 'nav a[href="#branding"]').ariaBusy).to.equal("true");
    find(element, 'nav a[href="#roles"]').click();
    await until(() => maybe(element, "annex-roles-section"));
    slow.release();
    await calm();
    modules.branding = kept;
    expect([text(find(element, "[aria-current]")), location.hash]).to.deep.equal(["Roles", "#roles"]);
  });
});

describe("no deed is lost", () => {
  it("my workspaces: one switches while the list is fetched anew", async () => {
    let turn = 0;
    const list = (): unknown => ((turn += 1) === 1 ? { workspaces: [seat(0), seat(1)], activeWorkspaceId: "w-home" } : never());
    const { element, double } = await place<HTMLElement>("annex-mine-page", { replies: { "GET /api/workspaces": list } });
    await until(() => maybe(element, "li"));
    double.tell("change", { event: "membership", workspaceId: "w-1" });
    await calm();
    button(element, "Switch to Nordlicht Studio").click();
    await until(() => asked(double, "POST").length);
    expect(asked(double, "POST")).to.deep.equal(["/api/workspaces/w-1/switch"]);
  });

  it("what is pressed while something else is done comes after it", async () => {
    const first = held(member(1, { role: "viewer", roleName: "Viewer" }));
    const { element, double } = await section("team", { "PATCH /api/workspaces/:id/members/:user": first.reply });
    await until(() => maybe(element, ".invitation"));
    choose(element, 'select[aria-label="Role of Grace Hopper"]', "viewer");
    button(element, "Send again to grace@example.com").click();
    await calm();
    expect(asked(double, "POST")).to.deep.equal([]);
    expect(button(element, "Send again to grace@example.com").ariaBusy, "it waits, and shows it").to.equal("true");
    first.release();
    await until(() => asked(double, "POST").length);
    expect(asked(double, "POST")).to.deep.equal(["/api/workspaces/w-home/invitations/i-1/resend"]);
  });

  it("of two roles that were chosen the second one is given in the end", async () => {
    const first = held(null);
    const give = async ({ body }: { body: unknown }): Promise<unknown> => {
      const { role } = body as { role: string };
      if (role === "viewer") await first.reply();
      return member(1, { role, roleName: role });
    };
    const { element, double } = await section("team", { "PATCH /api/workspaces/:id/members/:user": give });
    await until(() => maybe(element, ".people select"));
    for (const role of ["viewer", "finance"]) choose(element, 'select[aria-label="Role of Grace Hopper"]', role);
    first.release();
    await until(() => asked(double, "PATCH").length === 2);
    await calm();
    expect(double.asked.filter(({ method }) => method === "PATCH").map((one) => (one.body as { role: string }).role)).to.deep.equal(["viewer", "finance"]);
    expect(find<HTMLSelectElement>(element, 'select[aria-label="Role of Grace Hopper"]').value).to.equal("finance");
  });

  it("what is pressed twice is done once", async () => {
    const { element, double } = await place<HTMLElement>("annex-create-page", { replies: { "POST /api/workspaces": never } });
    type(element, "#f-name", "Vela");
    await press(element, 'button[type="submit"]');
    await press(element, 'button[type="submit"]');
    expect(asked(double, "POST").length).to.equal(1);
  });

  it("what was refused stays said when something else is fetched or done after it", async () => {
    const first = held(new Status(409, "LAST_ADMIN"));
    const { element } = await section("team", { "PATCH /api/workspaces/:id/members/:user": first.reply });
    await until(() => maybe(element, ".invitation"));
    choose(element, 'select[aria-label="Role of Grace Hopper"]', "viewer");
    button(element, "Send again to grace@example.com").click();
    first.release();
    await until(() => maybe(element, ".fault"));
    await calm();
    expect(text(find(element, ".fault"))).to.contain("At least one Admin");
  });
});

describe("progress is shown on", () => {
  const gone = { "GET /api/workspaces/:id/members": () => [member(4)], "GET /api/workspaces/:id/invitations": () => [invitation()] };
  const onboarding = replies()["GET /api/workspaces/:id/onboarding"]!;
  const put = (): unknown => ({ ...(onboarding({} as never) as object), isDismissed: true });
  const rows: [string, string, string, Replies, string][] = [
    ["taking up a step again", "onboarding-page", "PUT /api/workspaces/:id/onboarding/:step", {}, "Take it up again: Create the first product or service"],
    ["skipping a step", "onboarding-page", "PUT /api/workspaces/:id/onboarding/:step", {}, "Skip: Invite your team"],
    ["putting the steps away", "onboarding-page", "POST /api/workspaces/:id/onboarding/dismiss", {}, "Not now"],
    ["taking the steps out again", "info-section", "POST /api/workspaces/:id/onboarding/reopen", { "GET /api/workspaces/:id/onboarding": put }, "Take them up again"],
    ["resuming somebody", "team-section", "PATCH /api/workspaces/:id/members/:user", gone, "Resume"],
    ["sending an invitation again", "team-section", "POST /api/workspaces/:id/invitations/:inv/resend", gone, "Send again to grace@example.com"],
    ["copying a link", "team-section", "POST /api/workspaces/:id/invitations/:inv/link", gone, "Copy link for grace@example.com"],
    ["revoking an invitation", "team-section", "DELETE /api/workspaces/:id/invitations/:inv", gone, "Revoke the invitation for grace@example.com"],
    ["restoring a workspace", "mine-page", "POST /api/workspaces/:id/restore", {}, "Restore Old Mill Project"],
    ["going to a workspace", "mine-page", "POST /api/workspaces/:id/switch", {}, "Switch to Nordlicht Studio"],
    ["an export", "activity-section", "GET /api/workspaces/:id/activity/export", {}, "Export as CSV"],
  ];
  for (const [name, page, route, more, said] of rows) {
    it(name, async () => {
      const { element } = await place<HTMLElement>(`annex-${page}`, { replies: { ...more, [route]: never } }, { about: about(), workspace: "w-home" } as never);
      await until(() => all(element, "button").some((one) => (one.ariaLabel ?? text(one)) === said));
      const before = button(element, said);
      before.click();
      await calm();
      expect([before.isConnected, before.ariaBusy, before.querySelector(".spinner") !== null]).to.deep.equal([true, "true", true]);
      await accessible(element);
    });
  }

  it("a list that is fetched anew", async () => {
    const { element } = await section("activity", { "GET /api/workspaces/:id/activity": ({ query }) => (query.get("action") ? never() : activities()) });
    await until(() => maybe(element, "ol"));
    choose(element, "#f-action", "member.joined");
    await calm();
    expect(find(element, ".card.flush").ariaBusy).to.equal("true");
  });
});

describe("what does not come says so", () => {
  const unhandled: unknown[] = [];
  const note = (event: PromiseRejectionEvent): void => void unhandled.push(event.reason);
  before(() => addEventListener("unhandledrejection", note));
  after(() => removeEventListener("unhandledrejection", note));

  it("a section of the settings, which is wanted anew", async () => {
    const kept = modules.branding;
    modules.branding = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module"));
    history.replaceState(null, "", "#info");
    const { element } = await place<HTMLElement>("annex-settings-page");
    await until(() => maybe(element, "nav"));
    find(element, 'nav a[href="#branding"]').click();
    await until(() => maybe(element, ".fault"));
    expect(text(find(element, ".fault"))).to.contain("could not be fetched");
    expect([text(find(element, "[aria-current]")), location.hash], "what was shown stays").to.deep.equal(["General", "#branding"]);
    await accessible(element);
    button(element, "Try again").click();
    expect(went, "a new document may know where it is").to.deep.equal(["reload"]);
    modules.branding = kept;
    find(element, 'nav a[href="#branding"]').click();
    await until(() => maybe(element, "annex-branding-section"));
    expect(maybe(element, ".fault")).to.equal(null);
    expect(unhandled).to.deep.equal([]);
  });

  it("a page", async () => {
    const { element } = await place<HTMLElement>("annex-app", {}, { isThere: false } as never);
    Object.assign(element, { route: { title: "", width: "narrow", isPublic: true, load: never, render: () => "the page" } });
    await calm();
    expect(text(find(element, "main"))).to.contain("could not be fetched");
    await accessible(element);
    button(element, "Try again").click();
    expect(went).to.deep.equal(["reload"]);
  });

  it("a list, which is asked for again", async () => {
    let turn = 0;
    const { element } = await section("activity", { "GET /api/workspaces/:id/activity": () => ((turn += 1) === 1 ? new Status(503, "CONTEXT_UNAVAILABLE") : activities()) });
    await until(() => maybe(element, ".fault"));
    button(element, "Try again").click();
    await until(() => maybe(element, "ol"));
    expect(maybe(element, ".fault")).to.equal(null);
  });
});
