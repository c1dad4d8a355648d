// Nothing is cut off in silence: lists go on, numbers are the server's, a choice among many can be searched, and what could
// not be copied or exported says so.

import { expect } from "@esm-bundle/chai";
import { executeServerCommand } from "@web/test-runner-commands";
import { dayStart } from "../src/part/format.ts";
import { navigation } from "../src/switcher/switching.ts";
import { accessible } from "./axe.ts";
import type { Double, Replies } from "./double.ts";
import { all, asked, body, button, calm, find, maybe, place, press, text, type, until } from "./fixture.ts";
import "./states.ts";
import { about, ago, flag, invitation, member, replies, seat } from "./world.ts";

const went: string[] = [];
navigation.go = (to) => void went.push(to);
beforeEach(() => void (went.length = 0));

type Placed = Promise<{ element: HTMLElement; double: Double }>;
const section = (name: string, replies: Replies = {}, set = {}): Placed => place<HTMLElement>(`annex-${name}-section`, { replies }, { about: about(), ...set } as never);

/** A bare array with a page after it, and that page. */
const paged = (first: unknown[], second: unknown[]) => ({ query }: { query: URLSearchParams }): unknown =>
  query.get("cursor") ? second : new Response(JSON.stringify(first), { headers: { Link: '</x?cursor=c-1>; rel="next"' } });
const options = (element: Element, path: string): string[] => all<HTMLOptionElement>(element, `${path} option`).map((one) => one.value).filter(Boolean);

describe("lists go on", () => {
  it("pending invitations", async () => {
    const { element } = await section("team", { "GET /api/workspaces/:id/invitations": paged([invitation()], [invitation({ id: "i-2", email: "zoe@example.com" })]) });
    await until(() => maybe(element, ".invitation"));
    button(element, "Show more").click();
    await until(() => all(element, ".invitation").length === 2);
    expect(text(all(element, ".invitation")[1]!)).to.contain("zoe@example.com");
    expect(all(element, "button").some((one) => text(one) === "Show more")).to.equal(false);
  });

  it("deleted workspaces", async () => {
    const one = (id: string): unknown => ({ id, name: `Old ${id}`, logoUrl: null, isPrimary: false, deletedAt: ago(4), deletedBy: "u-ada", reason: null, restorableUntil: ago(-26) });
    const list = ({ query }: { query: URLSearchParams }): unknown => ({ data: [one(query.get("cursor") ?? "first")], nextCursor: query.get("cursor") ? null : "second" });
    const { element } = await place<HTMLElement>("annex-mine-page", { replies: { "GET /api/workspaces/deleted": list } });
    await until(() => maybe(element, 'section[aria-labelledby="deleted"]'));
    expect(all(element, 'section[aria-labelledby="deleted"] .title').map(text)).to.deep.equal(["Old first", "Old second"]);
  });

  it("flags, and workspaces without an Admin", async () => {
    const orphan = (id: string): unknown => ({ id, name: `Lost ${id}`, state: "on", ownerUserId: null, memberCount: 2, orphanedSince: null, createdAt: ago(90) });
    const { element } = await place<HTMLElement>("annex-admin-page", { replies: {
      "GET /api/admin/feature-flags": paged([flag()], [flag({ id: "f-9", tenantId: "t-later" })]),
      "GET /api/admin/workspaces": ({ query }) => ({ data: [orphan(query.get("cursor") ?? "first")], nextCursor: query.get("cursor") ? null : "second" }),
    } });
    await until(() => all(element, "button").filter((one) => text(one) === "Show more").length === 2);
    for (const one of all(element, "button").filter((each) => text(each) === "Show more")) one.click();
    await until(() => text(find(element, "table")).includes("t-later") && text(find(element, 'section[aria-labelledby="orphans"]')).includes("Lost second"));
    expect(text(find(element, 'section[aria-labelledby="orphans"]'))).to.contain("Lost first");
    expect(all(element, "button").some((one) => text(one) === "Show more")).to.equal(false);
    await accessible(element);
  });

  it("no claim is made of workspaces that could not be listed", async () => {
    const { element } = await place<HTMLElement>("annex-admin-page", { replies: { "GET /api/admin/workspaces": () => Promise.reject(new Error("gone")) } });
    await until(() => maybe(element, ".fault"));
    expect(text(find(element, 'section[aria-labelledby="orphans"]'))).to.equal("Without an Admin");
  });
});

describe("one among many is found by a search", () => {
  const many = ({ query }: { query: URLSearchParams }): unknown => {
    if (query.get("query")) return [member(3)];
    return new Response(JSON.stringify([member(0), member(1), member(2)]), { headers: { Link: '</x?cursor=c-1>; rel="next"' } });
  };
  const searches: [string, string, string, (element: Element) => Promise<unknown> | undefined][] = [
    ["the new owner", "danger", "userId", () => undefined],
    ["who did something", "activity", "actor", () => undefined],
    ["who takes over the work", "team", "reassignTo", (element) => {
      all(element, ".people button").find((one) => text(one) === "Remove")!.click();
      return calm();
    }],
  ];
  for (const [name, page, field, begin] of searches) {
    it(name, async () => {
      const { element } = await section(page, { "GET /api/workspaces/:id/members": many });
      await calm();
      await until(() => page !== "team" || maybe(element, ".people"));
      await begin(element);
      await until(() => maybe(element, `#f-${field}-search`));
      const select = find<HTMLSelectElement>(element, `#f-${field}`);
      select.value = "u-2";
      select.dispatchEvent(new Event("change", { bubbles: true }));
      type(element, `#f-${field}-search`, "kath");
      await until(() => options(element, `#f-${field}`).includes("u-3"));
      await calm();
      expect([select.value, options(element, `#f-${field}`)], "who was chosen stays, above those who were found").to.deep.equal(["u-2", ["u-2", "u-3"]]);
      await accessible(element);
    });
  }

  it("who is found can be offered the ownership, and is named", async () => {
    const { element, double } = await section("danger", { "GET /api/workspaces/:id/members": many, "POST /api/workspaces/:id/ownership-transfer": () => ({ id: "t-1", fromUserId: "u-ada", toUserId: "u-3", status: "pending", expiresAt: ago(-7) }) });
    await until(() => maybe(element, "#f-userId-search"));
    type(element, "#f-userId-search", "kath");
    await until(() => options(element, "#f-userId").includes("u-3"));
    find<HTMLSelectElement>(element, "#f-userId").value = "u-3";
    await press(element, ".offer button");
    expect(body(double, "POST")).to.deep.equal({ userId: "u-3" });
    expect(text(find(element, ".card"))).to.contain("Offered to Katherine Johnson");
  });

  it("where everybody is listed there is nothing to search", async () => {
    const { element } = await section("danger");
    await until(() => options(element, "#f-userId").length);
    expect(maybe(element, "#f-userId-search")).to.equal(null);
  });

  it("to whom it was offered is named, however many there are", async () => {
    const offer = { id: "t-1", fromUserId: "u-ada", toUserId: "u-3", status: "pending", expiresAt: ago(-7) };
    const { element } = await section("danger", { "GET /api/workspaces/:id/members": many, "GET /api/workspaces/:id/ownership-transfer": () => ({ transfer: offer }) });
    await until(() => text(find(element, ".card")).includes("Offered to Katherine Johnson"));
  });
});

describe("what deleting does is counted by the server", () => {
  it("however many there are", async () => {
    const tally = { workspaceId: "w-home", unread: 0, members: 1234, pendingInvitations: 101, ownershipOfferedUntil: null };
    const { element } = await section("danger", { "GET /api/workspaces/summary": () => ({ workspaces: [tally], pendingInvitations: 0 }) });
    await press(element, ".danger button");
    expect(text(find(element, "annex-dialog ul"))).to.contain("1,234 people lose access").and.to.contain("101 pending invitations");
  });
  it("and where it does not say, no number is made up", async () => {
    const { element } = await section("danger", { "GET /api/workspaces/summary": () => ({ workspaces: [], pendingInvitations: 0 }) });
    await press(element, ".danger button");
    expect(text(find(element, "annex-dialog ul"))).to.contain("Everybody there loses access");
  });
});

describe("days are the person's own", () => {
  after(() => executeServerCommand("annex:zone", "UTC"));
  for (const [zone, from, to] of [["UTC", "2026-11-20T00:00:00.000Z", "2026-11-22T00:00:00.000Z"], ["America/Los_Angeles", "2026-11-20T08:00:00.000Z", "2026-11-22T08:00:00.000Z"], ["Asia/Kolkata", "2026-11-19T18:30:00.000Z", "2026-11-21T18:30:00.000Z"]] as const) {
    it(`from the first moment of one until the last of the other, in ${zone}`, async () => {
      await executeServerCommand("annex:zone", zone);
      const { element, double } = await section("activity");
      find<HTMLInputElement>(element, "#f-from").value = "2026-11-20";
      type(element, "#f-to", "2026-11-21");
      find(element, "#f-to").dispatchEvent(new Event("change", { bubbles: true }));
      await until(() => asked(double, "GET").some((path) => path.includes("to=")));
      const asking = new URL(asked(double, "GET").at(-1)!, location.origin).searchParams;
      expect([asking.get("from"), asking.get("to")]).to.deep.equal([from, to]);
    });
  }
  it("a day of 23 hours ends when it ends", async () => {
    await executeServerCommand("annex:zone", "Europe/Berlin");
    expect([dayStart("2026-03-29"), dayStart("2026-03-29", 1), dayStart(""), dayStart("2026-12-31", 1)]).to.deep.equal(["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z", null, "2026-12-31T23:00:00.000Z"]);
  });
});

describe("what the browser does not copy is shown", () => {
  const { writeText } = navigator.clipboard;
  before(() => void (navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied", "NotAllowedError"))));
  after(() => void (navigator.clipboard.writeText = writeText));

  it("the link of one invitation", async () => {
    const { element } = await section("team");
    await until(() => maybe(element, ".invitation"));
    button(element, "Copy link for grace@example.com").click();
    await until(() => maybe(element, "#f-by-hand"));
    const field = find<HTMLTextAreaElement>(element, "#f-by-hand");
    expect([field.readOnly, field.value.endsWith("/_annex/invite#secret"), maybe(element, ".fault")]).to.deep.equal([true, true, null]);
    field.focus();
    expect(field.value.slice(field.selectionStart, field.selectionEnd)).to.equal(field.value);
    await accessible(element);
    await press(element, "annex-dialog .primary");
    expect(maybe(element, "#f-by-hand")).to.equal(null);
  });

  it("the links of many", async () => {
    const sent = { summary: { rows: 1, invited: 1, refused: 0, dryRun: false }, results: [{ row: 1, email: "ada@example.com", status: "invited", inviteLink: "http://x/_annex/invite#s" }] };
    const { element } = await section("team");
    await until(() => maybe(element, ".people"));
    await press(element, ".tools .primary");
    const dialog = find(element, "annex-invite-dialog");
    Object.assign(dialog, { result: sent });
    await calm();
    button(dialog, "Copy all links").click();
    await until(() => maybe(dialog, "#f-by-hand"));
    expect(find<HTMLTextAreaElement>(dialog, "#f-by-hand").value).to.equal("ada@example.com\thttp://x/_annex/invite#s");
    await accessible(element);
  });
});

it("an export that somebody else answered is not saved", async () => {
  const page = (): Response => new Response("<!doctype html><title>CRM</title>", { headers: { "Content-Type": "text/html" } });
  const { element } = await section("activity", { "GET /api/workspaces/:id/activity/export": page });
  await until(() => maybe(element, "ol"));
  const saved: string[] = [];
  const { click } = HTMLAnchorElement.prototype;
  HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
    saved.push(this.download);
  };
  button(element, "Export as CSV").click();
  await until(() => maybe(element, ".fault"));
  HTMLAnchorElement.prototype.click = click;
  expect(saved).to.deep.equal([]);
  expect(text(find(element, ".fault"))).to.contain("did not answer");
});

describe("the first steps are found again", () => {
  const said = (more: object): Replies => ({ "GET /api/workspaces/:id/onboarding": () => ({ ...(replies()["GET /api/workspaces/:id/onboarding"]!({} as never) as object), ...more }) });
  const line = async (more: object, set = {}): Promise<HTMLElement | null> => {
    const { element } = await section("info", said(more), set);
    await calm();
    return maybe(element, ".steps");
  };

  it("in the settings, while they are not done", async () => {
    const found = (await line({}))!;
    expect(text(found)).to.contain("First steps: 1 of 5");
    expect(found.querySelector("a")?.getAttribute("href")).to.equal("/workspaces/w-home/onboarding");
  });
  it("in the settings, after somebody put them away", async () => {
    const { element, double } = await section("info", said({ isDismissed: true }));
    await until(() => maybe(element, ".steps"));
    button(element, "Take them up again").click();
    await until(() => went.length);
    expect([asked(double, "POST"), went]).to.deep.equal([["/api/workspaces/w-home/onboarding/reopen"], ["/workspaces/w-home/onboarding"]]);
    await accessible(element);
  });
  it("in the settings it is said that they are done", async () => {
    const steps = ["add_branding", "invite_team"].map((step) => ({ step, status: "completed", seen: true }));
    const found = (await line({ steps, isCompleted: true }))!;
    expect([text(found), found.querySelector("a, button")]).to.deep.equal(["First steps: 2 of 2 Done", null]);
  });
  it("nothing is said where none were begun, or to whom they are not", async () => {
    expect(await line({ startedAt: null })).to.equal(null);
    expect(await line({}, { about: about({ can: { ...about().can, manageSettings: false } }) })).to.equal(null);
  });
  it("in My workspaces, where they are begun and not done, for whoever may do them", async () => {
    const at = ({ path }: { path: string }): unknown => ({ startedAt: path.includes("w-2") ? null : ago(1), isCompleted: path.includes("w-3"), steps: [] });
    const admin = (index: number): unknown => seat(index, { can: seat(0).can });
    const { element } = await place<HTMLElement>("annex-mine-page", { replies: { "GET /api/workspaces": () => ({ workspaces: [seat(0), admin(2), admin(3), seat(4)], activeWorkspaceId: "w-home" }), "GET /api/workspaces/:id/onboarding": at } });
    await until(() => maybe(element, 'a[href$="/onboarding"]'));
    await calm();
    expect(all<HTMLAnchorElement>(element, 'a[href$="/onboarding"]').map((one) => [one.getAttribute("href"), one.ariaLabel])).to.deep.equal([["/workspaces/w-home/onboarding", "First steps of Brightwater Agency"]]);
    await accessible(element);
  });
});

describe("an offer of ownership", () => {
  it("is told in My workspaces, with the way to the answer", async () => {
    const tally = { workspaceId: "w-1", unread: 0, members: 2, pendingInvitations: null, ownershipOfferedUntil: ago(-7) };
    const { element } = await place<HTMLElement>("annex-mine-page", { replies: { "GET /api/workspaces/summary": () => ({ workspaces: [tally], pendingInvitations: 0 }) } });
    await until(() => maybe(element, ".note.notice"));
    expect(text(find(element, ".note.notice"))).to.contain("You are offered to own it, until Nov 27, 2026.");
    expect(find<HTMLAnchorElement>(element, ".note.notice a").getAttribute("href")).to.equal("/settings/workspace?workspace=w-1#danger");
    await accessible(element);
  });
  it("that was accepted changes what the page knows", async () => {
    const offer = { id: "t-1", fromUserId: "u-1", toUserId: "u-ada", status: "pending", expiresAt: ago(-7) };
    const { element } = await section("danger", { "GET /api/workspaces/:id/ownership-transfer": () => ({ transfer: offer }), "GET /api/workspaces/:id": () => about({ name: "Mine now" }) });
    await until(() => text(find(element, ".card")).includes("You are offered"));
    const told: string[] = [];
    element.addEventListener("annex-about", (event) => told.push((event as CustomEvent<{ name: string }>).detail.name));
    button(element, "Accept ownership").click();
    await until(() => told.length);
    expect(told).to.deep.equal(["Mine now"]);
  });
});

describe("the language of an invitation's mail", () => {
  const sent = async (language: string | null, choose?: string): Promise<unknown> => {
    const { element, double } = await section("team", {}, { about: about({ language }) });
    await until(() => maybe(element, ".people"));
    await press(element, ".tools .primary");
    const dialog = find(element, "annex-invite-dialog");
    find<HTMLTextAreaElement>(dialog, "textarea").value = "ada@example.com";
    if (choose) find<HTMLSelectElement>(dialog, "#f-language").value = choose;
    await press(dialog, 'button[type="submit"]');
    await until(() => asked(double, "POST").length);
    return (body(double, "POST") as { invitations: { language: string }[] }).invitations[0]?.language;
  };
  it("is the workspace's, else the page's", async () => {
    expect([await sent("de-AT"), await sent(null), await sent("fr")]).to.deep.equal(["de", "en", "en"]);
  });
  it("can be chosen", async () => {
    expect(await sent("de", "en")).to.equal("en");
  });
});

it("the settings lead to creating another workspace", async () => {
  const { element } = await place<HTMLElement>("annex-settings-page");
  await until(() => maybe(element, "nav"));
  expect(find<HTMLAnchorElement>(element, "nav .create").getAttribute("href")).to.equal("/workspaces/new");
});
