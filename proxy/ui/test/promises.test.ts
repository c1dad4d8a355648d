// What people are promised and no other test shows: one test for each sentence. test/README.md tells which shows what.

import { expect } from "@esm-bundle/chai";
import { sendKeys } from "@web/test-runner-commands";
import { keepMounted } from "../src/loader/mount.ts";
import { navigation } from "../src/switcher/switching.ts";
import { Late, Status, boot } from "./double.ts";
import { all, asked, body, button, calm, find, focused, maybe, place, press, text, type, until } from "./fixture.ts";
import "./states.ts";
import { about, ago, member, seat, seats } from "./world.ts";

const went: string[] = [];
navigation.go = (to) => void went.push(to);
navigation.reload = () => void went.push("reload");
navigation.open = (to) => void went.push(`open ${to}`);
beforeEach(() => void (went.length = 0));

const opened = async (scene: Parameters<typeof place>[1] = {}): Promise<Awaited<ReturnType<typeof place<HTMLElement>>>> => {
  const placed = await place<HTMLElement>("annex-switcher", scene);
  find(placed.element, ".trigger").click();
  await until(() => focused()?.matches('[role="option"], input'));
  return placed;
};
const option = (element: Element, at: number): HTMLElement => all(element, 'annex-workspace-list >>> [role="option"]')[at]!;
const section = (name: string, scene = {}, set = {}): ReturnType<typeof place<HTMLElement>> => place<HTMLElement>(`annex-${name}-section`, scene, { about: about(), ...set } as never);

describe("the loader", () => {
  it("adds the switcher, and touches no other node of the page", async () => {
    document.body.replaceChildren();
    const header = document.createElement("header");
    const menu = document.createElement("button");
    menu.dataset["testid"] = "button-user-menu";
    header.append(document.createElement("span"), menu);
    document.body.append(header);
    const over = new AbortController();
    const changes: MutationRecord[] = [];
    const observer = new MutationObserver((records) => changes.push(...records));
    observer.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
    keepMounted(boot, () => true, () => Promise.resolve(), over.signal);
    await until(() => document.querySelector("annex-switcher"));
    await calm();
    observer.disconnect();
    over.abort();
    const others = changes.flatMap((one) => [...(one.type === "childList" ? [...one.addedNodes, ...one.removedNodes] : [one.target])]).filter((node) => node.nodeName !== "ANNEX-SWITCHER");
    expect(others.map((node) => node.nodeName)).to.deep.equal([]);
  });
});

describe("the switcher", () => {
  it("shows on each row the logo, or initials, the name and the role", async () => {
    const withLogo = seat(1, { workspace: { ...seat(1).workspace, logoUrl: "/dev/logo.png" } });
    const { element } = await opened({ replies: { "GET /api/workspaces": () => ({ workspaces: [seat(0), withLogo], activeWorkspaceId: "w-home" }) } });
    const shown = [0, 1].map((at) => [option(element, at).querySelector(".avatar img") !== null, text(option(element, at).querySelector(".name")!), text(option(element, at).querySelector(".role")!)]);
    expect(shown).to.deep.equal([[false, "Brightwater Agency", "Admin · Home"], [true, "Nordlicht Studio", "Manager"]]);
  });

  it("loads no logo of another origin", async () => {
    const foreign = seat(1, { workspace: { ...seat(1).workspace, logoUrl: "https://elsewhere.example/logo.png" } });
    const { element } = await opened({ replies: { "GET /api/workspaces": () => ({ workspaces: [seat(0), foreign], activeWorkspaceId: "w-home" }) } });
    expect(maybe(element, "annex-workspace-list >>> img")).to.equal(null);
  });

  it("leads to creating one, to the settings of whoever may see them, and to all of them", async () => {
    const links = (element: Element): (string | null)[] => all<HTMLAnchorElement>(element, ".footer a").map((one) => one.getAttribute("href"));
    expect(links((await opened()).element)).to.deep.equal(["/workspaces/new", "/settings/workspace", "/workspaces"]);
    expect(links((await opened({ workspace: "w-1" })).element)).to.deep.equal(["/workspaces/new", "/workspaces"]);
  });

  it("is one listbox: pinned ones first, then recent ones, then the others", async () => {
    localStorage.clear();
    const { element } = await place<HTMLElement>("annex-switcher", { count: 9 });
    localStorage.setItem("annex.pinned:u-ada", "w-8");
    find(element, ".trigger").click();
    await until(() => focused()?.matches("input"));
    expect(all(element, 'annex-workspace-list >>> [role="listbox"]').length).to.equal(1);
    expect(all(element, 'annex-workspace-list >>> [role="group"]').map((one) => text(one.querySelector(".heading")!))).to.deep.equal(["Pinned", "Recent", "All workspaces"]);
    expect(text(option(element, 0).querySelector(".name")!)).to.equal(seats(9)[8]!.workspace.name);
  });

  it("⌘+Enter opens a new tab too", async () => {
    const { double } = await opened();
    await sendKeys({ press: "ArrowDown" });
    await calm(1);
    focused()?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", metaKey: true, bubbles: true, composed: true }));
    expect([went.length, went[0]?.includes("workspace=w-1"), asked(double, "POST")]).to.deep.equal([1, true, []]);
  });

  it("the down arrow does not wrap in the search box either, and no row has focus there", async () => {
    const { element } = await opened({ count: 9 });
    await sendKeys({ press: "End" });
    await sendKeys({ press: "ArrowDown" });
    await calm();
    const rows = all(element, 'annex-workspace-list >>> [role="option"]');
    expect(rows.at(-1)?.classList.contains("active")).to.equal(true);
    expect(rows.some((one) => one.hasAttribute("tabindex"))).to.equal(false);
    await sendKeys({ press: "Home" });
    await sendKeys({ press: "ArrowUp" });
    await calm();
    expect(rows[0]?.classList.contains("active")).to.equal(true);
  });

  it("a switch is seen before the server answered, with the next picture", async () => {
    const { element, double } = await opened({ replies: { "POST /api/workspaces/:id/switch": () => new Late(60_000, {}) } });
    option(element, 1).click();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    expect(maybe(element, "annex-workspace-list >>> .spinner")).not.to.equal(null);
    expect(text(find(element, ".said"))).to.equal("Switching to Nordlicht Studio…");
    expect(double.chosen).to.deep.equal([]);
  });

  it("an invitation is declined, and goes", async () => {
    const { element, double } = await opened();
    button(element, "Decline the invitation to Harbor Light Collective", "annex-invitations >>> button").click();
    await until(() => asked(double, "POST").includes("/api/invitations/by-id/i-9/decline"));
  });

  it("the shortcut is switched off, for this person, under My workspaces", async () => {
    const { element } = await place<HTMLElement>("annex-mine-page");
    await until(() => maybe(element, 'input[type="checkbox"]'));
    const box = find<HTMLInputElement>(element, 'input[type="checkbox"]');
    expect(box.checked).to.equal(true);
    box.click();
    expect(localStorage.getItem("annex.shortcut:u-ada")).to.equal("off");
  });
});

describe("a page that lost its workspace", () => {
  it("offers the others, and goes on there", async () => {
    const { element, double } = await place<HTMLElement>("annex-lost", { workspace: "w-1" }, { loss: "lost", name: "Vela" } as never);
    await until(() => maybe(element, ".other"));
    expect(all(element, ".other .name").map(text)).not.to.include("Nordlicht Studio");
    await press(element, ".other");
    expect([double.chosen.length, went]).to.deep.equal([1, ["/"]]);
  });

  it("cannot be closed while the page behind it is gone", async () => {
    const { element } = await place<HTMLElement>("annex-lost", { workspace: "w-1" }, { loss: "lost", name: "Vela" } as never);
    await calm();
    await sendKeys({ press: "Escape" });
    await sendKeys({ press: "Escape" });
    await calm();
    expect(find<HTMLDialogElement>(element, "annex-dialog >>> dialog").open).to.equal(true);
  });
});

describe("my workspaces", () => {
  it("switches, leads to the settings of whoever may change them, and names the day of purge", async () => {
    const { element, double } = await place<HTMLElement>("annex-mine-page");
    await until(() => maybe(element, "li"));
    expect(all<HTMLAnchorElement>(element, 'a[href^="/settings"]').map((one) => one.getAttribute("href"))).to.deep.equal(["/settings/workspace?workspace=w-home"]);
    expect(text(find(element, 'section[aria-labelledby="deleted"]'))).to.contain("Removed for good on Dec 16, 2026");
    button(element, "Switch to Nordlicht Studio").click();
    await until(() => went.length);
    expect([asked(double, "POST"), double.chosen, went]).to.deep.equal([["/api/workspaces/w-1/switch"], ["w-1"], ["/"]]);
  });
});

describe("create", () => {
  it("guesses the time zone from the browser, and a logo that fails does not undo the workspace", async () => {
    const { element, double } = await place<HTMLElement>("annex-create-page", { replies: { "PUT /api/workspaces/:id/logo": () => new Status(415, "UNSUPPORTED_BODY") } });
    expect(find<HTMLSelectElement>(element, "#f-timeZone").value).to.equal(Intl.DateTimeFormat().resolvedOptions().timeZone);
    const said: string[] = [];
    element.addEventListener("annex-toast", (event) => said.push((event as CustomEvent<string>).detail));
    const logo = new File([await (await fetch("/dev/logo.png")).blob()], "logo.png", { type: "image/png" });
    find(element, "annex-logo-field").dispatchEvent(new CustomEvent("annex-picked", { detail: logo, bubbles: true, composed: true }));
    type(element, "#f-name", "Vela");
    await press(element, 'button[type="submit"]');
    await until(() => went.length);
    expect(said[0]).to.contain("its logo was not taken");
    expect(double.chosen).to.deep.equal(["w-new"]);
  });
});

describe("team", () => {
  it("is filtered by role and status", async () => {
    const { element, double } = await section("team");
    await until(() => maybe(element, ".people"));
    for (const [name, value] of [["role", "manager"], ["status", "suspended"]] as const) {
      const select = find<HTMLSelectElement>(element, `select[name="${name}"]`);
      select.value = value;
      select.dispatchEvent(new Event("input", { bubbles: true }));
    }
    await until(() => double.asked.some(({ path }) => path.includes("role=manager") && path.includes("status=suspended")));
  });

  it("somebody is suspended after a question, and resumed without one", async () => {
    const { element, double } = await section("team");
    await until(() => maybe(element, ".people"));
    button(element, "Suspend").click();
    await calm();
    expect(asked(double, "PATCH")).to.deep.equal([]);
    await press(element, "annex-dialog .danger");
    await until(() => asked(double, "PATCH").length === 1);
    expect(body(double, "PATCH")).to.deep.equal({ status: "suspended" });
    await until(() => all(element, "button").some((one) => text(one) === "Resume"));
    button(element, "Resume").click();
    await until(() => asked(double, "PATCH").length === 2);
  });

  it("an invitation is sent again, its link copied, and it is revoked", async () => {
    const copied: string[] = [];
    const { writeText } = navigator.clipboard;
    navigator.clipboard.writeText = (value) => Promise.resolve(void copied.push(value));
    const { element, double } = await section("team");
    await until(() => maybe(element, ".invitation"));
    for (const said of ["Send again to grace@example.com", "Copy link for grace@example.com", "Revoke the invitation for grace@example.com"]) {
      button(element, said).click();
      await calm();
    }
    navigator.clipboard.writeText = writeText;
    expect(double.asked.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path.split("/").slice(4).join("/")}`)).to.deep.equal(["POST invitations/i-1/resend", "POST invitations/i-1/link", "DELETE invitations/i-1"]);
    expect(copied[0]).to.contain("/_annex/invite#secret");
  });

  it("a CSV file fills in the addresses, and nothing is sent by that", async () => {
    const { element, double } = await section("team");
    await until(() => maybe(element, ".people"));
    await press(element, ".tools .primary");
    const dialog = find(element, "annex-invite-dialog");
    const files = new DataTransfer();
    files.items.add(new File(["email,role\nada@example.com,finance\n"], "team.csv", { type: "text/csv" }));
    const input = find<HTMLInputElement>(dialog, 'input[type="file"]');
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
    await until(() => find<HTMLTextAreaElement>(dialog, "textarea").value.includes("ada@example.com"));
    expect(asked(double, "POST")).to.deep.equal([]);
  });
});

describe("activity", () => {
  it("is exported as it is filtered", async () => {
    const { element, double } = await section("activity");
    await until(() => maybe(element, "li"));
    const select = find<HTMLSelectElement>(element, "#f-action");
    select.value = "member.joined";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await calm();
    const names: string[] = [];
    const { click } = HTMLAnchorElement.prototype;
    HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
      names.push(this.download);
    };
    button(element, "Export as CSV").click();
    await until(() => names.length);
    HTMLAnchorElement.prototype.click = click;
    expect(names).to.deep.equal(["activity-w-home.csv"]);
    expect(asked(double, "GET").find((path) => path.includes("/export"))).to.contain("action=member.joined").and.to.contain("format=csv");
  });
});

describe("danger", () => {
  it("ownership is offered, and the offer taken back", async () => {
    const { element, double } = await section("danger");
    await until(() => all(element, "#f-userId option").length > 1);
    find<HTMLSelectElement>(element, "#f-userId").value = "u-1";
    await press(element, ".offer button");
    await until(() => text(find(element, ".card")).includes("Offered to Grace Hopper"));
    await press(element, ".card .button");
    await until(() => asked(double, "POST").length === 2);
    expect(asked(double, "POST").map((path) => path.split("/").slice(4).join("/"))).to.deep.equal(["ownership-transfer", "ownership-transfer/t-1/cancel"]);
  });

  it("deleting by the right name goes home, and says until when it can be restored", async () => {
    const { element, double } = await section("danger");
    await press(element, ".danger button");
    expect(text(find(element, "annex-dialog ul"))).to.contain("It can be restored until");
    type(element, "#f-confirmName", "Brightwater Agency");
    find<HTMLFormElement>(element, "annex-dialog form").requestSubmit();
    await until(() => went.length);
    expect([body(double, "DELETE"), double.chosen, went]).to.deep.equal([{ confirmName: "Brightwater Agency" }, ["w-home"], ["/workspaces"]]);
  });
});

describe("accept", () => {
  it("keeps the invitation over the way to the register page and back, in this tab", async () => {
    history.replaceState(null, "", "#secret");
    await place<HTMLElement>("annex-accept-page", { principal: null });
    await calm();
    expect(sessionStorage.getItem("annex.invite")).to.equal("secret");
    document.body.replaceChildren();
    history.replaceState(null, "", location.pathname);
    const kept = sessionStorage.getItem("annex.invite")!;
    const { element, double } = await place<HTMLElement>("annex-accept-page");
    // `place` empties the storage as a new tab would have it.
    expect(text(find(element, "h1"))).to.equal("This link opens nothing");
    sessionStorage.setItem("annex.invite", kept);
    element.remove();
    document.body.append(document.createElement("annex-accept-page"));
    await until(() => asked(double, "POST").includes("/api/invitations/preview"));
    expect(body(double, "POST")).to.deep.equal({ token: "secret" });
  });
});

describe("onboarding", () => {
  const steps = (status: string, seen: boolean): unknown => ({ version: 1, startedAt: null, steps: [{ step: "invite_team", status, seen }], currentStep: null, isCompleted: status === "completed", isDismissed: false });
  const show = async (reply: unknown): ReturnType<typeof place<HTMLElement>> => {
    const placed = await place<HTMLElement>("annex-onboarding-page", { replies: { "GET /api/workspaces/:id/onboarding": () => reply } }, { workspace: "w-home" } as never);
    await until(() => maybe(placed.element, "li"));
    return placed;
  };
  it("takes a skipped step up again", async () => {
    const { element, double } = await show(steps("skipped", false));
    button(element, "Take it up again: Invite your team").click();
    await until(() => asked(double, "PUT").length);
    expect(body(double, "PUT")).to.deep.equal({ status: "pending" });
  });
  it("what the CRM's rows show is done, and nobody is asked", async () => {
    const { element } = await show(steps("completed", true));
    expect([text(find(element, "li .badge")), maybe(element, "li .actions")]).to.deep.equal(["Done", null]);
  });
  it("is put away for now, and opens the workspace", async () => {
    const { element, double } = await show(steps("pending", false));
    button(element, "Not now").click();
    await until(() => went.length);
    expect([asked(double, "POST"), double.chosen, went]).to.deep.equal([["/api/workspaces/w-home/onboarding/dismiss"], ["w-home"], ["/"]]);
  });
  it("looks anew when one comes back to the page", async () => {
    const { double } = await show(steps("pending", false));
    const before = asked(double, "GET").length;
    document.dispatchEvent(new Event("visibilitychange"));
    await until(() => asked(double, "GET").length > before);
  });
});

describe("progress", () => {
  it("is shown while something takes longer", async () => {
    const slow = { "POST /api/workspaces": () => new Late(60_000, {}), "GET /api/workspaces/:id/members": () => new Late(60_000, [member(0)]), "GET /api/workspaces": () => new Late(60_000, { workspaces: [], at: ago(0) }) };
    const create = await place<HTMLElement>("annex-create-page", { replies: slow });
    type(create.element, "#f-name", "Vela");
    await press(create.element, 'button[type="submit"]');
    expect([maybe(create.element, ".spinner") !== null, find(create.element, 'button[type="submit"]').getAttribute("aria-busy")]).to.deep.equal([true, "true"]);
    for (const [tag, set] of [["annex-mine-page", {}], ["annex-team-section", { about: about() }]] as const) {
      const { element } = await place<HTMLElement>(tag, { replies: slow }, set as never);
      expect(find(element, '[role="status"][aria-label]').getAttribute("aria-label")).to.equal("Loading");
    }
  });
});
