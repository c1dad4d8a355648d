// The pages: what they ask, and what they show of an answer. That everybody can use each of them is in everybody.test.ts.

import { expect } from "@esm-bundle/chai";
import type { Loss } from "../src/runtime.ts";
import { showLoss } from "../src/switcher/lost.ts";
import { navigation } from "../src/switcher/switching.ts";
import { accessible } from "./axe.ts";
import { Status, type Double, type Replies } from "./double.ts";
import { all, asked, body, calm, find, maybe, place, press, text, type, until, type Scene } from "./fixture.ts";
import { silence } from "./states.ts";
import { about, member, seat } from "./world.ts";

const went: string[] = [];
navigation.go = (to) => void went.push(to);

const sections = ["info", "branding", "team", "roles", "activity", "danger"] as const;
const pages: Record<string, Record<string, unknown>> = {
  "annex-mine-page": {},
  "annex-create-page": {},
  "annex-onboarding-page": { workspace: "w-home" },
  "annex-admin-page": {},
  "annex-accept-page": {},
  ...Object.fromEntries(sections.map((one) => [`annex-${one}-section`, { about: about() }])),
};

async function shown(tag: string, scene: Scene = {}, set: Record<string, unknown> = pages[tag] ?? {}): Promise<{ element: HTMLElement; double: Double }> {
  went.length = 0;
  history.replaceState(null, "", "#secret");
  const placed = await place<HTMLElement>(tag, scene, set);
  await until(() => !maybe(placed.element, ".bone"));
  await calm();
  return placed;
}

for (const tag of Object.keys(pages)) {
  describe(tag, () => {
    it("says what went wrong when nothing answers", async () => {
      const { element } = await place<HTMLElement>(tag, { replies: silence() }, pages[tag]);
      await calm();
      await accessible(element);
      if (!["annex-create-page", "annex-info-section", "annex-danger-section"].includes(tag)) {
        expect(text(find(element, ".fault"))).to.contain("cannot be answered right now");
      }
    });
  });
}

describe("my workspaces", () => {
  it("an Admin elsewhere is told to hand the role over; others can leave, after a question", async () => {
    const admin = seat(5, { role: "admin", roleName: "Admin", can: { ...seat(0).can } });
    const { element, double } = await shown("annex-mine-page", { replies: { "GET /api/workspaces": () => ({ workspaces: [seat(0), seat(1), admin], activeWorkspaceId: "w-home" }) } });
    expect(text(find(element, ".note"))).to.contain("Hand that role");
    const leave = all(element, "button").find((one) => one.ariaLabel === "Leave Nordlicht Studio")!;
    leave.click();
    await calm();
    expect(asked(double, "POST")).to.deep.equal([]);
    await accessible(element);
    await press(element, "annex-dialog .danger");
    expect(asked(double, "POST")).to.deep.equal(["/api/workspaces/w-1/leave"]);
  });

  it("whoever left what gave them the feature goes on at home", async () => {
    let hasLeft = false;
    const list = (): unknown => (hasLeft ? new Status(403, "MULTI_WORKSPACE_DISABLED") : { workspaces: [seat(0), seat(1)], activeWorkspaceId: "w-home" });
    const leave = (): unknown => {
      hasLeft = true;
      return {};
    };
    const { element } = await shown("annex-mine-page", { replies: { "GET /api/workspaces": list, "POST /api/workspaces/:id/leave": leave } });
    all(element, "button").find((one) => one.ariaLabel === "Leave Nordlicht Studio")!.click();
    await calm();
    await press(element, "annex-dialog .danger");
    await until(() => went.length > 0);
    expect(went).to.deep.equal(["/"]);
    expect(text(element)).to.not.contain("Nordlicht Studio");
  });

  /** Leaves the workspace of the tab; meanwhile `deed` happens. */
  async function leaving(deed: (double: Double) => unknown, given: Replies = {}): Promise<Awaited<ReturnType<typeof shown>>> {
    const scene: Awaited<ReturnType<typeof shown>> = await shown("annex-mine-page", { workspace: "w-1", replies: { ...given, "POST /api/workspaces/:id/leave": () => deed(scene.double) } });
    scene.double.on("loss", (loss) => showLoss(loss, null), new AbortController().signal);
    all(scene.element, "button").find((one) => one.ariaLabel === "Leave Nordlicht Studio")!.click();
    await calm();
    await press(scene.element, "annex-dialog .danger");
    await calm();
    return scene;
  }
  const isTold = (): boolean => document.querySelector("annex-lost") !== null;
  const lost = (double: Double, loss: Loss): void => {
    double.loss = loss;
    double.tell("loss", loss);
  };

  it("whoever is refused to leave stays where they are, and is told when they lose it later", async () => {
    const { double, element } = await leaving(() => new Status(409, "LAST_ADMIN"));
    expect([went, double.chosen, isTold(), maybe(element, ".fault") !== null]).to.deep.equal([[], [], false, true]);
    lost(double, "lost");
    expect(isTold()).to.equal(true);
  });

  for (const loss of ["gone", "person"] as const) {
    it(`whoever leaves is told what they do not do themselves (${loss})`, async () => {
      const { double } = await leaving((one) => {
        lost(one, loss);
        return new Status(503, "DEPENDENCY_UNAVAILABLE");
      });
      expect([went, double.chosen, isTold()]).to.deep.equal([[], [], true]);
    });
  }

  it("whoever leaves the workspace that gave them the feature goes to the CRM's own page, and nothing is chosen", async () => {
    let hasLeft = false;
    const given = { "GET /api/workspaces": () => (hasLeft ? new Status(403, "MULTI_WORKSPACE_DISABLED") : { workspaces: [seat(0), seat(1)], activeWorkspaceId: "w-home" }) };
    const { double } = await leaving((one) => {
      hasLeft = true;
      lost(one, "lost");
      return {};
    }, given);
    expect([went, double.chosen, isTold()]).to.deep.equal([["/"], [], false]);
  });

  for (const answer of [{}, new Status(503, "DEPENDENCY_UNAVAILABLE")]) {
    it(`whoever leaves the workspace of the tab goes on at home, and hears of no loss (${answer instanceof Status ? "not answered, but done" : "answered"})`, async () => {
      const { double } = await leaving((one) => {
        lost(one, "lost");
        return answer;
      });
      expect([went, double.chosen, isTold()]).to.deep.equal([["/workspaces"], ["w-home"], false]);
    });
  }

  it("restores a deleted one", async () => {
    const { element, double } = await shown("annex-mine-page");
    all(element, "button").find((one) => one.ariaLabel === "Restore Old Mill Project")!.click();
    await calm();
    expect(asked(double, "POST")).to.deep.equal(["/api/workspaces/w-old/restore"]);
  });
});

describe("create", () => {
  it("sends what was filled in, goes to the new workspace's onboarding, and retries with the same key", async () => {
    let tries = 0;
    const reply = () => ((tries += 1) === 1 ? new Status(503, "CONTEXT_UNAVAILABLE") : { id: "w-new", name: "Vela" });
    const { element, double } = await shown("annex-create-page", { replies: { "POST /api/workspaces": reply } });
    type(element, "#f-name", "Vela");
    await press(element, 'button[type="submit"]');
    expect(text(find(element, ".fault"))).to.contain("Nothing was changed");
    await press(element, 'button[type="submit"]');
    await until(() => went.length);
    const keys = double.asked.map(({ headers }) => headers.get("Idempotency-Key")).filter(Boolean);
    expect(new Set(keys).size).to.equal(1);
    expect(keys.length).to.equal(2);
    expect(body(double, "POST")).to.include({ name: "Vela" });
    expect(double.chosen).to.deep.equal(["w-new"]);
    expect(went).to.deep.equal(["/workspaces/w-new/onboarding"]);
  });

  it("marks the field that was refused", async () => {
    const refused = () => new Status(400, "VALIDATION_FAILED", { errors: [{ path: "name", code: "web_address" }] });
    const { element } = await shown("annex-create-page", { replies: { "POST /api/workspaces": refused } });
    await press(element, 'button[type="submit"]');
    const input = find(element, "#f-name");
    expect(input.getAttribute("aria-invalid")).to.equal("true");
    expect(text(find(element, `#${input.getAttribute("aria-describedby")!.split(" ").at(-1)!}`))).to.contain("web address");
    expect(element.shadowRoot?.activeElement).to.equal(input);
    await accessible(element);
  });
});

describe("settings", () => {
  it("info sends only what changed, with the version", async () => {
    const { element, double } = await shown("annex-info-section");
    type(element, "#f-phone", "");
    await press(element, 'button[type="submit"]');
    expect(body(double, "PATCH")).to.deep.equal({ phone: null });
    expect(double.asked.find(({ method }) => method === "PATCH")?.headers.get("If-Match")).to.equal('"3"');
  });

  it("info of somebody who may not change it is read-only and says so", async () => {
    const { element } = await shown("annex-info-section", {}, { about: about({ can: { ...about().can, manageSettings: false } }) });
    expect(all<HTMLInputElement>(element, "input").every((one) => one.disabled)).to.equal(true);
    expect(text(find(element, ".notice"))).to.contain("only an Admin");
    await accessible(element);
  });

  it("a stale version offers to reload", async () => {
    const { element } = await shown("annex-info-section", { replies: { "PATCH /api/workspaces/:id": () => new Status(412, "STALE_VERSION") } });
    type(element, "#f-phone", "+49 1");
    await press(element, 'button[type="submit"]');
    expect(text(find(element, ".fault button"))).to.equal("Reload");
  });

  it("branding judges the contrast while one types, and shows it", async () => {
    const { element, double } = await shown("annex-branding-section");
    type(element, "#f-primaryColor", "#777777");
    await calm();
    expect(text(find(element, "#f-primaryColor-reading"))).to.contain("4.7 : 1");
    type(element, "#f-primaryColor", "#ffffff");
    await calm();
    expect(text(find(element, "#f-primaryColor-reading"))).to.contain("Hard to see on white paper");
    type(element, "#f-emailSignature", "<b>Ada</b><script>alert(1)</script><img src=x onerror=alert(2)> &amp; Co");
    await calm();
    const preview = find(element, "annex-brand-preview >>> .signature");
    expect(text(preview)).to.equal("Ada & Co");
    expect(preview.querySelector("img, script")).to.equal(null);
    await accessible(element);
    await press(element, 'button[type="submit"]');
    expect(double.asked.find(({ method }) => method === "PUT")).to.include({ path: "/api/workspaces/w-home/branding?state=draft" });
    expect(body(double, "PUT")).to.include({ primaryColor: "#ffffff", showInCrm: true });
  });

  it("team: a role is given, and taken back where it was refused", async () => {
    const refused = () => new Status(409, "LAST_ADMIN");
    const { element } = await shown("annex-team-section", { replies: { "PATCH /api/workspaces/:id/members/:user": refused } });
    const select = find<HTMLSelectElement>(element, 'select[aria-label="Role of Grace Hopper"]');
    expect(select.value).to.equal("manager");
    select.value = "viewer";
    select.dispatchEvent(new Event("change"));
    await calm();
    expect(text(find(element, ".fault"))).to.contain("At least one Admin");
    expect(select.value).to.equal("manager");
  });

  it("team: the search asks the server; removing asks first and can hand work over", async () => {
    const { element, double } = await shown("annex-team-section");
    type(element, "#f-query", "grace");
    await until(() => double.asked.some(({ path }) => path.includes("query=grace")));
    await calm();
    all(element, ".people button").find((one) => text(one) === "Remove")!.click();
    await calm();
    await accessible(element);
    find<HTMLSelectElement>(element, "#f-reassignTo").value = "u-2";
    await press(element, "annex-dialog .danger");
    expect(body(double, "DELETE")).to.deep.equal({ reassignTo: "u-2" });
  });

  it("team: many are invited after a look at each row", async () => {
    const { element, double } = await shown("annex-team-section");
    await press(element, ".tools .primary");
    const dialog = find(element, "annex-invite-dialog");
    await accessible(element);
    find<HTMLTextAreaElement>(dialog, "textarea").value = "email,role\nada@example.com,finance\nnot an address\nada@example.com";
    await press(dialog, 'button[type="submit"]');
    expect(all(dialog, "tbody tr").map(text)).to.deep.equal(["ada@example.comCan be invited", "not an addressRefused This is not an e-mail address."]);
    await accessible(element);
    all(dialog, "button").find((one) => text(one) === "Send 1 invitation")!.click();
    await calm();
    const sent = double.asked.filter(({ path }) => path.endsWith("/bulk")).map((one) => one.body as { dryRun: boolean; invitations: unknown[] });
    expect(sent.map(({ dryRun, invitations }) => [dryRun, invitations.length])).to.deep.equal([[true, 2], [false, 1]]);
    expect(sent[1]?.invitations).to.deep.equal([{ email: "ada@example.com", role: "finance", language: "en" }]);
  });

  it("roles: what the person lacks is locked and says why", async () => {
    const manager = about({ role: "manager", roleName: "Manager" });
    const { element } = await shown("annex-roles-section", {}, { about: manager });
    await press(element, ".tab:nth-of-type(6)");
    const locked = find<HTMLInputElement>(element, 'input[name="audit:manage"]');
    expect(locked.disabled).to.equal(true);
    expect(locked.getAttribute("aria-describedby")).to.equal("lacking");
    expect(find<HTMLInputElement>(element, 'input[name="customers:read"]').disabled).to.equal(false);
    await accessible(element);
  });

  it("roles: a custom role is changed as a whole; one in use asks for another", async () => {
    const { element, double } = await shown("annex-roles-section");
    await press(element, ".tab:nth-of-type(6)");
    await press(element, 'input[name="deals:read"]');
    await press(element, 'button[type="submit"]');
    expect(body(double, "PATCH")).to.deep.equal({ name: "Intern", description: "Sees clients, writes tasks", permissions: ["customers:read", "deals:read", "tasks:read", "tasks:write"] });
    all(element, "form button").find((one) => text(one) === "Delete role")!.click();
    await calm();
    await accessible(element);
    await press(element, "annex-dialog .danger");
    expect(body(double, "DELETE")).to.deep.equal({ reassignTo: "r-member" });
    expect(text(find(element, ".fault"))).to.contain("Somebody still has this role");
  });

  it("activity: filters ask anew", async () => {
    const { element, double } = await shown("annex-activity-section");
    const select = find<HTMLSelectElement>(element, "#f-action");
    select.value = "member.joined";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await calm();
    expect(asked(double, "GET").at(-1)).to.contain("action=member.joined");
  });

  it("danger: deleting says what happens, and needs the name", async () => {
    const refused = () => new Status(400, "VALIDATION_FAILED", { errors: [{ path: "confirmName", code: "not_the_name" }] });
    const { element, double } = await shown("annex-danger-section", { replies: { "DELETE /api/workspaces/:id": refused } });
    await press(element, ".danger button");
    expect(text(find(element, "annex-dialog ul"))).to.contain("2 people lose access").and.to.contain("1 pending invitation is revoked");
    await accessible(element);
    type(element, "#f-confirmName", "Wrong");
    find<HTMLFormElement>(element, "annex-dialog form").requestSubmit();
    await calm();
    expect(body(double, "DELETE")).to.deep.equal({ confirmName: "Wrong" });
    expect(find(element, "#f-confirmName").getAttribute("aria-invalid")).to.equal("true");
    expect(went).to.deep.equal([]);
  });

  it("shows the section of the address", async () => {
    history.replaceState(null, "", "#danger");
    const { element } = await place<HTMLElement>("annex-settings-page");
    await until(() => maybe(element, "annex-danger-section"));
    expect(text(find(element, "[aria-current]"))).to.equal("Danger zone");
    await accessible(element);
  });
});

describe("accept", () => {
  const refuse = (code: string, status: number) => ({ "POST /api/invitations/:token/accept": () => new Status(status, code) });
  it("joins by an explicit button only, and forgets the secret", async () => {
    const { element, double } = await shown("annex-accept-page");
    expect(asked(double, "POST")).to.deep.equal(["/api/invitations/preview"]);
    await press(element, ".primary");
    expect(asked(double, "POST").at(-1)).to.equal("/api/invitations/secret/accept");
    expect(text(find(element, "h1"))).to.equal("Welcome to Harbor Light Collective");
    expect(sessionStorage.getItem("annex.invite")).to.equal(null);
    expect(location.hash).to.equal("");
    await press(element, ".primary");
    expect(double.chosen).to.deep.equal(["w-99"]);
    await accessible(element);
  });

  it("offers to sign in or to register, in a new tab, to somebody who is not signed in", async () => {
    const { element } = await shown("annex-accept-page", { principal: null });
    expect(all<HTMLAnchorElement>(element, ".actions a").map((one) => [one.getAttribute("href"), one.target])).to.deep.equal([["/login", "_blank"], ["/register", "_blank"]]);
    await accessible(element);
  });

  it("the wrong account sees both addresses, and signing out keeps the invitation", async () => {
    localStorage.clear();
    const { element, double } = await shown("annex-accept-page", { replies: refuse("INVITATION_EMAIL_MISMATCH", 403) });
    localStorage.setItem("crm_user", '{"email":"bob@example.com"}');
    await press(element, ".primary");
    expect(text(element.shadowRoot!.firstElementChild!)).to.contain("a…@example.com").and.to.contain("bob@example.com");
    await accessible(element);
    await press(element, ".primary");
    expect(asked(double, "POST")).to.include("/api/auth/logout");
    expect(text(find(element, "h1"))).to.equal("Join Harbor Light Collective");
    expect(sessionStorage.getItem("annex.invite")).to.equal("secret");
  });

  for (const [code, status, heading] of [["INVITATION_NOT_FOUND", 404, "This link opens nothing"], ["INVITATION_EXPIRED", 410, "This invitation has expired"], ["ALREADY_MEMBER", 409, "You are already a member of Harbor Light Collective"]] as const) {
    it(`says ${code}`, async () => {
      const { element } = await shown("annex-accept-page", { replies: refuse(code, status) });
      await press(element, ".primary");
      expect(text(find(element, "h1"))).to.equal(heading);
      await accessible(element);
    });
  }
});

describe("onboarding", () => {
  it("skips, and takes up again", async () => {
    const { element, double } = await shown("annex-onboarding-page");
    all(element, "button").find((one) => one.ariaLabel === "Skip: Invite your team")!.click();
    await calm();
    expect([asked(double, "PUT"), body(double, "PUT")]).to.deep.equal([["/api/workspaces/w-home/onboarding/invite_team"], { status: "skipped" }]);
    expect(find<HTMLAnchorElement>(element, "li.next a").getAttribute("href")).to.equal("/settings/workspace?workspace=w-home#team");
  });
});

describe("the administrators' page", () => {
  it("turns a tenant off only after a question, by its own route", async () => {
    const { element, double } = await shown("annex-admin-page");
    all(element, "button").find((one) => one.ariaLabel === "Turn off for t-acme-0001")!.click();
    await calm();
    expect(asked(double, "POST")).to.deep.equal([]);
    await accessible(element);
    await press(element, "annex-dialog .danger");
    expect(asked(double, "POST")).to.deep.equal(["/api/admin/tenants/t-acme-0001/disable-multi-workspace"]);
  });
  it("tells what is wrong in the person's language, and in the server's where it knows no other", async () => {
    const parts = [{ name: "redis", status: "degraded", code: "disconnected", message: "Redis is not connected" }, { name: "moon", status: "down", code: "eclipsed", message: "the moon is gone" }];
    const { element } = await shown("annex-admin-page", { language: "de", replies: { "GET /api/admin/health": () => ({ status: "down", parts }) } });
    await until(() => text(find(element, 'section[aria-labelledby="health"]')).includes("the moon is gone"));
    expect(text(find(element, 'section[aria-labelledby="health"]'))).to.contain("Nicht verbunden").and.not.to.contain("not connected");
  });
  it("does without health where it is not served", async () => {
    const { element } = await shown("annex-admin-page", { replies: { "GET /api/admin/health": () => new Status(404, "NOT_FOUND") } });
    expect(text(element.shadowRoot!.firstElementChild!)).to.contain("Ask the admin listener");
  });
});

describe("a page that lost its workspace", () => {
  for (const loss of ["lost", "suspended", "deleted", "off", "gone", "person"] as const) {
    it(`says ${loss}`, async () => {
      const { element } = await place<HTMLElement>("annex-lost", { workspace: "w-1" }, { loss, name: "Vela" } as never);
      await accessible(element);
      expect(text(find(element, "annex-dialog"))).to.contain("Vela");
    });
  }
  it("shows nothing of it when access ended, and everything when only the connection did", async () => {
    const { showLoss } = await import("../src/switcher/lost.ts");
    await place("p", { workspace: "w-1" });
    const secret = document.createElement("article");
    secret.textContent = "a client's name";
    document.body.append(secret);
    showLoss("gone", "Vela");
    await calm();
    expect(secret.isConnected).to.equal(true);
    document.querySelector("annex-lost")?.remove();
    showLoss("lost", "Vela");
    await calm();
    expect(secret.isConnected).to.equal(false);
    expect(document.title).to.equal("You have no access to this workspace any more");
  });
});

it("a member who is gone from the CRM is shown by their id", async () => {
  const { element } = await shown("annex-team-section", { replies: { "GET /api/workspaces/:id/members": () => [member(1, { user: null, role: null, roleName: null })] } });
  expect(text(find(element, ".who"))).to.contain("u-1").and.to.contain("No longer in the CRM");
});
