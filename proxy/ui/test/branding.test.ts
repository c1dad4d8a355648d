// Branding: what is live, what is a draft, what is only on the page; and that nothing is lost without a question.

import { expect } from "@esm-bundle/chai";
import "../src/pages/settings/branding.ts";
import "../src/pages/create.ts";
import "../src/pages/settings/info.ts";
import "../src/pages/settings/roles.ts";
import "../src/pages/settings/settings.ts";
import { navigation } from "../src/switcher/switching.ts";
import { mayLeave } from "../src/part/leave.ts";
import type { Look } from "../src/shapes.ts";
import { accessible } from "./axe.ts";
import { Status, type Double } from "./double.ts";
import { all, asked, button, calm, find, maybe, place, press, text, type, until, type Scene } from "./fixture.ts";
import { about, look } from "./world.ts";

async function shown(scene: Scene = {}): Promise<{ element: HTMLElement; double: Double }> {
  const placed = await place<HTMLElement>("annex-branding-section", scene, { about: about() } as never);
  await until(() => maybe(placed.element, ".standing"));
  return placed;
}

const standing = (element: Element): string => text(find(element, ".standing .badge"));
const disabled = (element: Element): string[] => all<HTMLButtonElement>(element, ".bar button").filter((one) => one.disabled).map(text);
const header = (element: Element): string => text(find(element, "annex-brand-preview >>> .top"));
const deeds = (double: Double): string[] => double.asked.filter(({ method }) => method !== "GET").map(({ method, path, headers }) => `${method} ${path.split("/branding")[1] ?? ""} ${headers.get("If-Match") ?? ""}`);

describe("a look", () => {
  it("is live at first: nothing to save, publish or discard", async () => {
    const { element } = await shown();
    expect(standing(element)).to.equal("Live");
    expect(disabled(element)).to.deep.equal(["Discard changes", "Save draft", "Publish"]);
    expect(maybe(element, ".switch")).to.equal(null);
  });

  it("is saved as a draft, published with the version of the draft, and then live", async () => {
    const { element, double } = await shown();
    type(element, "#f-pdfHeader", "Brightwater GmbH");
    await calm();
    expect([standing(element), disabled(element)]).to.deep.equal(["Not saved", []]);
    await accessible(element);
    button(element, "Save draft").click();
    await until(() => standing(element) === "Draft");
    expect(disabled(element)).to.deep.equal(["Save draft"]);
    await accessible(element);
    button(element, "Publish").click();
    await until(() => standing(element) === "Live");
    expect(deeds(double)).to.deep.equal(['PUT ?state=draft "2"', 'POST /publish "3"']);
    expect(header(element)).to.contain("Brightwater GmbH");
  });

  it("is compared with what is live now, whatever was typed", async () => {
    const { element } = await shown();
    type(element, "#f-pdfHeader", "Another name");
    await calm();
    expect(header(element)).to.contain("Another name");
    button(element, "Live now").click();
    await calm();
    expect(header(element)).to.contain("Brightwater Agency");
    expect(find<HTMLInputElement>(element, "#f-pdfHeader").value).to.equal("Another name");
    await accessible(element);
    type(element, "#f-pdfHeader", "Another name again");
    await calm();
    expect(header(element)).to.contain("Another name again");
  });

  it("published from the page is saved first; if publishing fails the draft is kept", async () => {
    const { element, double } = await shown({ replies: { "POST /api/workspaces/:id/branding/publish": () => new Status(503, "CONTEXT_UNAVAILABLE") } });
    type(element, "#f-pdfFooter", "New foot");
    await calm();
    button(element, "Publish").click();
    await until(() => maybe(element, ".fault"));
    expect(deeds(double)).to.deep.equal(['PUT ?state=draft "2"', 'POST /publish "3"']);
    expect(standing(element)).to.equal("Draft");
  });

  it("only here goes at once; a kept draft goes after a question", async () => {
    const { element, double } = await shown();
    type(element, "#f-pdfHeader", "Typed");
    await calm();
    button(element, "Discard changes").click();
    await calm();
    expect([standing(element), find<HTMLInputElement>(element, "#f-pdfHeader").value, deeds(double)]).to.deep.equal(["Live", "Brightwater Agency", []]);
    type(element, "#f-pdfHeader", "Kept");
    await calm(1);
    button(element, "Save draft").click();
    await until(() => standing(element) === "Draft");
    button(element, "Discard changes").click();
    await calm();
    expect(deeds(double).length).to.equal(1);
    await accessible(element);
    await press(element, "annex-dialog .danger");
    expect(deeds(double).at(-1)).to.equal('POST /discard "3"');
    expect(find<HTMLInputElement>(element, "#f-pdfHeader").value).to.equal("Brightwater Agency");
  });

  it("is removed whole, after a question", async () => {
    const { element, double } = await shown();
    button(element, "Remove branding").click();
    await calm();
    await accessible(element);
    await press(element, "annex-dialog .danger");
    expect(deeds(double)).to.deep.equal(['DELETE  "2"']);
    expect(find<HTMLInputElement>(element, "#f-primaryColor").value).to.equal("");
  });

  it("somebody else's change meanwhile is not overwritten", async () => {
    const { element } = await shown({ replies: { "PUT /api/workspaces/:id/branding": () => new Status(412, "STALE_VERSION") } });
    type(element, "#f-pdfHeader", "Mine");
    await calm(1);
    button(element, "Save draft").click();
    await until(() => maybe(element, ".fault"));
    expect(text(find(element, ".fault"))).to.contain("Somebody changed this meanwhile");
    expect(find<HTMLInputElement>(element, "#f-pdfHeader").value).to.equal("Mine");
  });

  it("a draft that was kept before is what the form shows, and what the server took out is gone", async () => {
    const branding = { version: 7, live: look(), draft: look({ primaryColor: "#112233", emailSignature: "<b>Ada</b>" }), logo: null, crm: { maps: [], shows: [] }, updatedAt: null };
    const replies = { "GET /api/workspaces/:id/branding": () => branding, "PUT /api/workspaces/:id/branding": ({ body }: { body: unknown }) => ({ ...branding, version: 8, draft: { ...(body as Look), emailSignature: "<b>Clean</b>" } }) };
    const { element } = await shown({ replies });
    expect([standing(element), find<HTMLInputElement>(element, "#f-primaryColor").value]).to.deep.equal(["Draft", "#112233"]);
    expect(text(find(element, "#crm"))).to.equal("This CRM’s own documents show none of it.");
    type(element, "#f-emailSignature", "<b>Clean</b><script>x</script>");
    await calm(1);
    button(element, "Save draft").click();
    await until(() => find<HTMLTextAreaElement>(element, "#f-emailSignature").value === "<b>Clean</b>");
    expect(standing(element)).to.equal("Draft");
  });

  it("a logo is there at once, and what was typed stays", async () => {
    const { element, double } = await shown();
    type(element, "#f-pdfHeader", "Typed");
    const file = await (await fetch("/dev/logo.png")).blob();
    const input = find<HTMLInputElement>(element, "annex-logo-field >>> input");
    const files = new DataTransfer();
    files.items.add(new File([file], "logo.png", { type: "image/png" }));
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
    await until(() => asked(double, "PUT").some((path) => path.endsWith("/logo")));
    await until(() => maybe(element, "annex-brand-preview >>> img"));
    expect([standing(element), find<HTMLInputElement>(element, "#f-pdfHeader").value]).to.deep.equal(["Not saved", "Typed"]);
  });

  it("of somebody who may not change it is only looked at", async () => {
    const set = { about: about({ can: { ...about().can, manageSettings: false } }) };
    const { element } = await place<HTMLElement>("annex-branding-section", {}, set as never);
    await until(() => maybe(element, "form"));
    expect([maybe(element, ".bar"), maybe(element, ".standing"), maybe(element, ".removal")]).to.deep.equal([null, null, null]);
    expect(all<HTMLInputElement>(element, "input, textarea").every((one) => one.disabled)).to.equal(true);
    await accessible(element);
  });
});

describe("unsaved input", () => {
  const leaves = (): boolean => dispatchEvent(new Event("beforeunload", { cancelable: true }));

  it("keeps the page, the tab and the switcher back, until it is saved or given up", async () => {
    const { element } = await shown();
    expect([leaves(), mayLeave("ask")]).to.deep.equal([true, true]);
    type(element, "#f-pdfHeader", "Typed");
    expect([leaves(), mayLeave("ask")]).to.deep.equal([false, false]);
    mayLeave("decided");
    expect(leaves()).to.equal(true);
    expect(mayLeave("ask")).to.equal(false);
    await calm(1);
    button(element, "Save draft").click();
    await until(() => standing(element) === "Draft");
    expect([leaves(), mayLeave("ask")]).to.deep.equal([true, true]);
  });

  it("of a role is asked about before another role is shown", async () => {
    const { element } = await place<HTMLElement>("annex-roles-section", {}, { about: about() } as never);
    await until(() => maybe(element, ".tab"));
    const shownRole = (): string => text(find(element, '.tab[aria-pressed="true"]'));
    all(element, ".tab")[5]!.click();
    await calm(1);
    expect([shownRole(), leaves()]).to.deep.equal(["Intern 1 1 person", true]);
    await press(element, 'input[name="deals:read"]');
    expect(leaves()).to.equal(false);
    all(element, ".tab")[0]!.click();
    await until(() => maybe(element, "annex-dialog"));
    await accessible(element);
    button(element, "Stay here").click();
    await calm();
    expect([shownRole(), find<HTMLInputElement>(element, 'input[name="deals:read"]').checked]).to.deep.equal(["Intern 1 1 person", true]);
    all(element, ".tab")[0]!.click();
    await until(() => maybe(element, "annex-dialog"));
    button(element, "Go on without saving").click();
    await until(() => shownRole().startsWith("Admin"));
    expect(leaves()).to.equal(true);
  });

  it("of a workspace that is being made keeps the page, until it is made", async () => {
    const { element } = await place<HTMLElement>("annex-create-page");
    type(element, "#f-name", "Vela");
    expect(leaves()).to.equal(false);
    let allowed = false;
    navigation.go = () => void (allowed = leaves());
    await press(element, 'button[type="submit"]');
    await until(() => allowed);
  });

  it("is asked about before another section is shown", async () => {
    history.replaceState(null, "", "#info");
    const { element } = await place<HTMLElement>("annex-settings-page");
    await until(() => maybe(element, "annex-info-section"));
    type(element, "annex-info-section >>> #f-phone", "+49 1");
    location.hash = "#branding";
    await until(() => maybe(element, "annex-dialog"));
    expect([location.hash, maybe(element, "annex-branding-section")]).to.deep.equal(["#info", null]);
    await accessible(element);
    button(element, "Stay here").click();
    await calm();
    expect([maybe(element, "annex-dialog"), find<HTMLInputElement>(element, "annex-info-section >>> #f-phone").value]).to.deep.equal([null, "+49 1"]);
    location.hash = "#branding";
    await until(() => maybe(element, "annex-dialog"));
    button(element, "Go on without saving").click();
    await until(() => maybe(element, "annex-branding-section"));
    expect(location.hash).to.equal("#branding");
  });
});
