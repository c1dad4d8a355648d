// Every page, and every state of each that people can come into: for what must hold in all of them.

import "../src/pages/accept.ts";
import "../src/pages/admin.ts";
import "../src/pages/app.ts";
import "../src/pages/create.ts";
import "../src/pages/mine.ts";
import "../src/pages/onboarding.ts";
import "../src/pages/settings/activity.ts";
import "../src/pages/settings/branding.ts";
import "../src/pages/settings/danger.ts";
import "../src/pages/settings/info.ts";
import "../src/pages/settings/roles.ts";
import "../src/pages/settings/settings.ts";
import "../src/pages/settings/team.ts";
import "../src/switcher/lost.ts";
import "../src/switcher/panel.ts";
import "../src/switcher/stops.ts";
import "../src/switcher/switcher.ts";
import { Late, Status, type Replies } from "./double.ts";
import { all, calm, find, focused, maybe, place, press, type, until, type Scene } from "./fixture.ts";
import { about, invitation, member, replies, seat } from "./world.ts";

export interface State {
  readonly name: string;
  /** Brings an empty page there, however it is lit and spoken. */
  show(scene: Scene): Promise<Element>;
}

const down = (): Status => new Status(503, "CONTEXT_UNAVAILABLE");
/** Every route of the world answers so. */
export const silence = (reply: () => unknown = down): Replies => Object.fromEntries(Object.keys(replies()).map((route) => [route, reply]));
const guest = about({ role: "manager", roleName: "Manager", can: { ...about().can, manageSettings: false, manageMembers: false, delete: false, transferOwnership: false } });

type Then = (element: HTMLElement) => Promise<unknown> | undefined;
const nothing: Then = () => undefined;

/** An element alone, once it shows what it fetched; then something is done there. */
function state(name: string, tag: string, set: Record<string, unknown> = {}, more: Replies = {}, then: Then = nothing): State {
  return {
    name,
    async show(scene) {
      history.replaceState(null, "", "#secret");
      const { element } = await place<HTMLElement>(tag, { ...scene, replies: more }, set);
      await until(() => !maybe(element, ".bone"));
      await calm(2);
      await then(element);
      await calm(3);
      return element;
    },
  };
}

function switcher(name: string, scene: Scene = {}, then: Then = nothing): State {
  return {
    name: `switcher, ${name}`,
    async show(light) {
      const { element } = await place<HTMLElement>("annex-switcher", { ...light, ...scene });
      if (name === "closed") return element;
      find(element, ".trigger").click();
      await until(() => maybe(element, ".failed") ?? focused()?.matches('[role="option"], input'));
      await then(element);
      await calm(3);
      return element;
    },
  };
}

const section = (name: string, then?: Then, more: Replies = {}, set: Record<string, unknown> = {}, what = ""): State =>
  state(`settings, ${name}${what && `, ${what}`}`, `annex-${name}-section`, { about: about(), ...set }, more, then);
const nth = (path: string, at: number): Then => async (element) => {
  all(element, path).at(at)?.click();
  await calm(2);
};
const refuse = (code: string, status: number, word = "accept"): Replies => ({ [`POST /api/invitations/:token/${word}`]: () => new Status(status, code) });
const offer = (toUserId: string) => () => ({ transfer: { id: "t-1", fromUserId: "u-ada", toUserId, status: "pending", expiresAt: "2026-11-27T09:30:00Z" } });

export const states: readonly State[] = [
  switcher("closed"),
  switcher("open"),
  switcher("many", { count: 11 }),
  switcher("nothing found", { count: 11 }, async (element) => {
    type(element, "annex-workspace-list >>> input", "xyz");
    await calm(2);
  }),
  switcher("not answered", { replies: { "GET /api/workspaces": down }, workspace: "w-1" }),
  switcher("switching", { replies: { "POST /api/workspaces/:id/switch": () => new Late(60_000, {}) } }, nth('annex-workspace-list >>> [role="option"]', 1)),
  state("switcher, unsaved", "annex-unsaved", { name: "Vela" }),
  ...(["lost", "suspended", "deleted", "off", "gone", "person"] as const).map((loss) => state(`lost, ${loss}`, "annex-lost", { loss, name: "Vela" })),
  state("mine", "annex-mine-page"),
  state("mine, leaving", "annex-mine-page", {}, {}, (element) => press(element, 'li:nth-child(2) [aria-label*="eave"], li:nth-child(2) [aria-label*="erlassen"]')),
  state("mine, off and suspended", "annex-mine-page", {}, {
    "GET /api/workspaces": () => ({ workspaces: [seat(0), seat(1, { workspace: { ...seat(1).workspace, state: "off" }, can: { ...seat(1).can, switch: false } }), seat(2, { status: "blocked" })], activeWorkspaceId: "w-home" }),
  }),
  state("mine, offered", "annex-mine-page", {}, {
    "GET /api/workspaces/summary": () => ({ workspaces: [{ workspaceId: "w-1", unread: 0, members: 2, pendingInvitations: null, ownershipOfferedUntil: "2026-11-27T09:30:00Z" }], pendingInvitations: 0 }),
  }),
  state("mine, not answered", "annex-mine-page", {}, silence()),
  state("create", "annex-create-page"),
  state("create, refused", "annex-create-page", {}, { "POST /api/workspaces": () => new Status(400, "VALIDATION_FAILED", { errors: [{ path: "name", code: "required" }] }) }, (element) => press(element, 'button[type="submit"]')),
  state("accept", "annex-accept-page"),
  state("accept, missing", "annex-accept-page", {}, { "POST /api/invitations/preview": () => new Status(404, "INVITATION_NOT_FOUND") }),
  ...([["INVITATION_EXPIRED", 410], ["INVITATION_EMAIL_MISMATCH", 403], ["ALREADY_MEMBER", 409]] as const).map(([code, status]) =>
    state(`accept, ${code}`, "annex-accept-page", {}, refuse(code, status), (element) => press(element, ".primary"))),
  state("accept, joined", "annex-accept-page", {}, {}, (element) => press(element, ".primary")),
  state("accept, declined", "annex-accept-page", {}, {}, (element) => press(element, ".button:not(.primary)")),
  state("accept, not answered", "annex-accept-page", {}, silence()),
  { name: "accept, not signed in", show: (scene) => state("", "annex-accept-page").show({ ...scene, principal: null }) },
  state("onboarding", "annex-onboarding-page", { workspace: "w-home" }),
  state("onboarding, all done", "annex-onboarding-page", { workspace: "w-home" }, {
    "GET /api/workspaces/:id/onboarding": () => ({ version: 1, startedAt: null, steps: ["add_branding", "invite_team"].map((step) => ({ step, status: "completed", seen: true })), currentStep: null, isCompleted: true, isDismissed: false }),
  }),
  section("info"),
  section("info", nothing, {}, { about: guest }, "only to look at"),
  section("branding"),
  section("branding", async (element) => {
    type(element, "#f-pdfHeader", "Vela GmbH");
    await calm(2);
  }, {}, {}, "not saved"),
  section("branding", async (element) => press(element, ".removal button"), {}, {}, "removing"),
  section("team"),
  section("team", nothing, { "GET /api/workspaces/:id/members": () => [], "GET /api/workspaces/:id/invitations": () => [] }, {}, "nobody"),
  section("team", nothing, { "GET /api/workspaces/:id/members": () => [member(1, { user: null, role: null, roleName: null, isPrimary: true })], "GET /api/workspaces/:id/invitations": () => [invitation({ delivery: "queued" })] }, {}, "somebody gone"),
  section("team", nth(".people .quiet", 1), {}, {}, "removing"),
  section("team", nth(".people .quiet", 0), {}, {}, "suspending"),
  section("team", (element) => press(element, ".tools .primary"), {}, {}, "inviting"),
  section("team", async (element) => {
    await press(element, ".tools .primary");
    find<HTMLTextAreaElement>(element, "annex-invite-dialog >>> textarea").value = "ada@example.com\nnot an address";
    await press(element, 'annex-invite-dialog >>> button[type="submit"]');
  }, {}, {}, "invitations checked"),
  section("roles"),
  section("roles", nth(".tab", 5), {}, {}, "a custom one"),
  section("roles", nth(".tab", 5), {}, { about: about({ role: "manager", roleName: "Manager" }) }, "what one lacks"),
  section("roles", async (element) => {
    await nth(".tab", 5)(element);
    await press(element, "form .actions .button:not(.primary)");
  }, {}, {}, "deleting"),
  section("activity"),
  section("activity", nothing, { "GET /api/workspaces/:id/activity": () => [] }, {}, "nothing"),
  section("danger"),
  section("danger", (element) => press(element, ".danger button"), {}, {}, "deleting"),
  section("danger", nothing, { "GET /api/workspaces/:id/ownership-transfer": offer("u-1") }, {}, "offered"),
  section("danger", nothing, { "GET /api/workspaces/:id/ownership-transfer": offer("u-ada") }, {}, "offered to you"),
  section("danger", nothing, {}, { about: guest }, "only to look at"),
  ...["branding", "team", "roles", "activity"].map((name) => section(name, nothing, silence(), {}, "not answered")),
  state("settings", "annex-settings-page"),
  state("admin", "annex-admin-page"),
  state("admin, turning off", "annex-admin-page", {}, {}, nth("tbody .button", 1)),
  state("admin, assigning", "annex-admin-page", {}, {}, (element) => press(element, "li .button")),
  state("admin, not for you", "annex-admin-page", {}, silence(() => new Status(403, "SAAS_ADMIN_REQUIRED"))),
  { name: "app, not signed in", show: (scene) => state("", "annex-app").show({ ...scene, principal: null }) },
];
