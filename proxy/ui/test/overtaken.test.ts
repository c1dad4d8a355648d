// What happens while something else is under way: nothing that people typed, chose or were told is undone by it.

import { expect } from "@esm-bundle/chai";
import { provide } from "../src/runtime.ts";
import { AnnexSwitcher } from "../src/switcher/switcher.ts";
import { Double, Status, standIn } from "./double.ts";
import { all, asked, button, calm, clear, destinations, find, held, maybe, place, press, section, text, type, until } from "./fixture.ts";
import "./states.ts";
import { about, invitation, member, replies, roles, seat } from "./world.ts";

const went = destinations();
const refused = (): Status => new Status(503, "DEPENDENCY_UNAVAILABLE");

const pick = (element: Element): boolean =>
  find(element, "annex-logo-field").dispatchEvent(new CustomEvent("annex-picked", { detail: new File(["x"], "x.png", { type: "image/png" }) }));

/** What parts of a page say to the document. */
function heard(event: string): unknown[] {
  const said: unknown[] = [];
  document.addEventListener(event, (one) => said.push((one as CustomEvent).detail));
  return said;
}

describe("what could not be fetched", () => {
  it("is fetched anew, all of it, and nothing waits for ever", async () => {
    let isUp = false;
    const up = (reply: () => unknown) => () => (isUp ? reply() : refused());
    const { element } = await section("team", {
      "GET /api/workspaces/:id/members": up(() => [member(0)]),
      "GET /api/workspaces/:id/invitations": up(() => [invitation()]),
      "GET /api/workspaces/:id/roles": up(() => ({ data: roles(), nextCursor: null })),
    });
    await until(() => maybe(element, ".fault"));
    isUp = true;
    button(element, "Try again", ".fault button").click();
    await until(() => maybe(element, ".people") && maybe(element, ".invitation"));
    expect([maybe(element, ".fault"), maybe(element, ".bone")]).to.deep.equal([null, null]);
  });

  it("is told again once something else was done", async () => {
    const { element, double } = await section("team", { "GET /api/workspaces/:id/members": refused });
    await until(() => maybe(element, ".fault") && maybe(element, ".invitation"));
    button(element, "Send again to grace@example.com").click();
    await until(() => asked(double, "POST").length);
    await calm();
    expect([button(element, "Try again", ".fault button").type, maybe(element, ".bone")]).to.deep.equal(["button", null]);
  });
});

describe("what was typed or ticked while it was saved", () => {
  it("branding: stays, and is not saved yet", async () => {
    for (const what of ["Save draft", "Publish"]) {
      const saved = held(null);
      const own = replies();
      const { element } = await section("branding", { "PUT /api/workspaces/:id/branding": async (request) => (await saved.reply(), own["PUT /api/workspaces/:id/branding"]!(request)), "POST /api/workspaces/:id/branding/publish": own["POST /api/workspaces/:id/branding/publish"]!, "GET /api/workspaces/:id/branding": own["GET /api/workspaces/:id/branding"]! });
      await until(() => maybe(element, "form"));
      type(element, "#f-pdfHeader", "First");
      await calm(1);
      button(element, what).click();
      await calm();
      type(element, "#f-pdfHeader", "First and second");
      const said = heard("annex-toast");
      saved.release();
      await until(() => said.length);
      await calm();
      expect([find<HTMLInputElement>(element, "#f-pdfHeader").value, text(find(element, ".standing .badge"))], what).to.deep.equal(["First and second", "Not saved"]);
    }
  });

  it("roles: stays; and whoever went on to another role is not called back", async () => {
    for (const goesOn of [false, true]) {
      const saved = held(roles().at(-1));
      const { element } = await section("roles", { "PATCH /api/workspaces/:id/roles/:role": saved.reply });
      await until(() => maybe(element, ".tab"));
      all(element, ".tab")[5]!.click();
      await calm(1);
      button(element, "Save").click();
      await calm();
      if (goesOn) all(element, ".tab")[4]!.click();
      else await press(element, 'input[name="deals:read"]');
      await calm();
      const said = heard("annex-toast");
      saved.release();
      await until(() => said.length);
      await calm();
      const shown = text(find(element, '.tab[aria-pressed="true"]'));
      if (goesOn) expect(shown).to.match(/^Viewer/);
      else expect([find<HTMLInputElement>(element, 'input[name="deals:read"]').checked, shown.startsWith("Intern")]).to.deep.equal([true, true]);
    }
  });

  it("roles: one that was made is shown as made, though the list cannot be read", async () => {
    let isMade = false;
    const { element, double } = await section("roles", {
      "GET /api/workspaces/:id/roles": () => (isMade ? refused() : { data: roles(), nextCursor: null }),
      "POST /api/workspaces/:id/roles": () => ((isMade = true), { ...roles().at(-1)!, id: "r-new", name: "Helper" }),
      "PATCH /api/workspaces/:id/roles/:role": () => ({ ...roles().at(-1)!, id: "r-new", name: "Helper" }),
    });
    await until(() => maybe(element, ".tab.new"));
    await press(element, ".tab.new");
    type(element, "#f-name", "Helper");
    button(element, "Save").click();
    await until(() => text(find(element, '.tab[aria-pressed="true"]')).startsWith("Helper"));
    button(element, "Save").click();
    await until(() => asked(double, "PATCH").length);
    expect(asked(double, "POST").length).to.equal(1);
  });
});

describe("what ends after the person went on", () => {
  it("is told, done or refused, and known to the page", async () => {
    for (const answer of [() => replies()["PUT /api/workspaces/:id/logo"]!({} as never), refused]) {
      const put = held(answer());
      const { element } = await section("branding", { "PUT /api/workspaces/:id/logo": put.reply });
      await until(() => maybe(element, "annex-logo-field"));
      pick(element);
      await calm();
      element.remove();
      const [said, known] = [heard("annex-toast"), heard("annex-about")];
      put.release();
      await until(() => said.length);
      await calm();
      expect([said.length, known.length]).to.deep.equal(answer === refused ? [1, 0] : [1, 1]);
    }
  });

  it("info: what was saved is known, though the logo was refused", async () => {
    const known = heard("annex-about");
    const { element } = await section("info", { "PATCH /api/workspaces/:id": () => about({ version: 4 }), "PUT /api/workspaces/:id/logo": refused });
    await until(() => maybe(element, "annex-logo-field"));
    pick(element);
    type(element, "#f-name", "Another name");
    button(element, "Save").click();
    await until(() => maybe(element, ".fault"));
    expect(known.map((one) => (one as { version: number }).version)).to.deep.equal([4]);
  });

  it("whoever accepted the ownership can offer it at once, and is told no fault of another question", async () => {
    let isMine = false;
    const offer = { id: "t-1", fromUserId: "u-1", toUserId: "u-ada", status: "pending", expiresAt: new Date(Date.now() + 8.64e7).toISOString() };
    const mine = about();
    const set = { about: about({ can: { ...mine.can, transferOwnership: false } }) };
    const given = { "GET /api/workspaces/:id/ownership-transfer": () => ({ transfer: isMine ? null : offer }), "POST /api/workspaces/:id/ownership-transfer/*": () => ((isMine = true), offer), "GET /api/workspaces/:id": () => mine };
    const { element } = await place<HTMLElement & { about: unknown }>("annex-danger-section", { replies: given }, set);
    document.addEventListener("annex-about", (event) => (element.about = (event as CustomEvent<unknown>).detail), { once: true });
    await until(() => text(find(element, ".card")).includes("You are offered"));
    button(element, "Accept ownership").click();
    await until(() => maybe(element, 'form.offer select option[value="u-1"], form.offer datalist option, form.offer [value="u-1"]'));
  });

  it("an invitation that was accepted stays so when the CRM renews its token", async () => {
    history.replaceState(null, "", "#secret");
    const { element } = await place<HTMLElement>("annex-accept-page", { replies: { "POST /api/invitations/:token/accept": () => ({ workspaceId: "w-99" }) } });
    await until(() => maybe(element, ".primary"));
    const renewed = (): boolean => dispatchEvent(new StorageEvent("storage", { key: "crm_access" }));
    renewed();
    expect(went).to.deep.equal(["reload"]);
    button(element, "Accept invitation").click();
    await until(() => text(find(element, "h1")).startsWith("Welcome"));
    renewed();
    expect(went).to.deep.equal(["reload"]);
  });
});

describe("two of a kind", () => {
  it("team: who is removed while another is, is removed, and asked about until then", async () => {
    const first = held({ message: "", reassigned: 0 });
    const removed: string[] = [];
    const { element } = await section("team", { "DELETE /api/workspaces/:id/members/:user": ({ path }) => (removed.push(path.split("/").at(-1)!), removed.length === 1 ? first.reply() : { message: "", reassigned: 0 }) });
    await until(() => maybe(element, ".people"));
    const remove = async (at: number): Promise<void> => {
      all(element, "tbody tr")[at]!.querySelector<HTMLButtonElement>('[role="group"] button:last-child')!.click();
      await until(() => maybe(element, "annex-dialog"));
    };
    await remove(1);
    await press(element, "annex-dialog .danger");
    button(element, "Cancel").click();
    await calm();
    await remove(2);
    expect(find(element, "annex-dialog .danger").ariaBusy, "only the other one is under way").to.equal("false");
    find(element, "annex-dialog .danger").click();
    await calm();
    first.release();
    await until(() => removed.length === 2 && !maybe(element, "annex-dialog"));
    expect(removed).to.deep.equal(["u-1", "u-2"]);
  });

  it("branding: the picture that was picked last stands", async () => {
    const first = held(null);
    const sent: number[] = [];
    const { element } = await section("branding", { "PUT /api/workspaces/:id/logo": async () => (sent.push(1) === 1 && (await first.reply()), replies()["PUT /api/workspaces/:id/logo"]!({} as never)) });
    await until(() => maybe(element, "annex-logo-field"));
    pick(element);
    await calm();
    pick(element);
    first.release();
    await until(() => sent.length === 2);
  });
});

describe("the switcher", () => {
  async function placed(list: () => unknown): Promise<{ element: AnnexSwitcher; double: Double }> {
    clear();
    const double = await standIn(new Double({ ...replies(), "GET /api/workspaces": list }));
    provide(double);
    const element = new AnnexSwitcher();
    document.body.append(element);
    return { element, double };
  }

  it("shows the list that was asked for last", async () => {
    const first = held({ workspaces: [seat(0), seat(1)], activeWorkspaceId: "w-home" });
    let turn = 0;
    const { element, double } = await placed(() => ((turn += 1) === 1 ? first.reply() : { workspaces: [seat(0)], activeWorkspaceId: "w-home" }));
    double.tell("change", { event: "access", workspaceId: "w-1" });
    await until(() => element.seats.length === 1);
    first.release();
    await calm();
    expect(element.seats.map((one) => one.workspaceId)).to.deep.equal(["w-home"]);
  });

  it("that was open when the CRM drew its header anew is closed, and opens again", async () => {
    const { element } = await placed(() => ({ workspaces: [seat(0), seat(1)], activeWorkspaceId: "w-home" }));
    await until(() => maybe(element, ".trigger"));
    await press(element, ".trigger");
    await until(() => element.isOpen);
    const header = document.createElement("header");
    document.body.append(header);
    header.append(element);
    await calm();
    expect([element.isOpen, find(element, ".trigger").ariaExpanded]).to.deep.equal([false, "false"]);
    await press(element, ".trigger");
    await until(() => element.isOpen);
  });
});
