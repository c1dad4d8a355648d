// People and workspaces that the tests and the gallery show.

import type { About, Activity, Branding, Can, Flag, Invitation, Look, Member, Pending, Role, Seat } from "../src/shapes.ts";
import { Status, type Replies } from "./double.ts";

const ADMIN: Can = { switch: true, leave: false, manageSettings: true, manageMembers: true, delete: true, restore: false };
const GUEST: Can = { switch: true, leave: true, manageSettings: false, manageMembers: false, delete: false, restore: false };
const NAMES = ["Brightwater Agency", "Nordlicht Studio", "Café Zürich", "Acme Holdings", "Ørsted Partners", "Lumen & Söhne", "Paperplane", "Quiet Harbor Consulting Group", "Tōkyō Field Office", "Vela", "Wildflower"];
const ROLES = [["admin", "Admin"], ["manager", "Manager"], ["member", "Team Member"], ["finance", "Finance"], ["viewer", "Viewer"]] as const;

/** A picture that is there. */
const LOGO = "/dev/logo.png";

export const DAY_MS = 86_400_000;
export const ago = (days: number): string => new Date(Date.UTC(2026, 10, 20, 9, 30) - days * DAY_MS).toISOString();

export function seat(at: number, more: Partial<Seat> = {}): Seat {
  const isHome = at === 0;
  const id = isHome ? "w-home" : `w-${at}`;
  const [role, roleName] = isHome ? ROLES[0] : ROLES[at % ROLES.length]!;
  return {
    id: isHome ? "primary" : `m-${at}`, userId: "u-ada", workspaceId: id, role, roleName, isPrimary: isHome, status: "active",
    joinedAt: ago(200 - at), lastAccessedAt: at % 3 ? ago(at) : null, can: role === "admin" ? ADMIN : GUEST,
    workspace: { id, name: NAMES[at % NAMES.length]!, logoUrl: null, businessType: null, defaultCurrency: "EUR", timeZone: "Europe/Berlin", state: "on", createdAt: ago(300), deletedAt: null },
    ...more,
  };
}

export const seats = (count: number): Seat[] => Array.from({ length: count }, (_, at) => seat(at));

export const invitation = (more: Partial<Invitation> = {}): Invitation => ({
  id: "i-1", workspaceId: "w-home", email: "grace@example.com", role: "manager", roleName: "Manager", status: "pending",
  expiresAt: ago(-6), createdAt: ago(1), lastSentAt: ago(1), sendCount: 1, delivery: "sent", ...more,
});

export const pending = (): Pending => ({
  ...invitation({ id: "i-9", workspaceId: "w-99", email: "ada@example.com", role: "member", roleName: "Team Member" }),
  inviterName: "Grace Hopper", workspace: { id: "w-99", name: "Harbor Light Collective", logoUrl: null },
});

export const about = (more: Partial<About> = {}): About => ({
  ...seat(0).workspace, businessType: "Agency", industry: "Design", address: "Lange Straße 12\n10115 Berlin", email: "hello@brightwater.example",
  phone: "+49 30 1234567", language: null, ownerUserId: "u-ada", sponsorWorkspaceId: null, version: 3, isPrimary: true, role: "admin",
  roleId: "r-admin", roleName: "Admin", can: { ...ADMIN, transferOwnership: true }, ...more,
});

const PEOPLE = [["Ada", "Lovelace"], ["Grace", "Hopper"], ["Édouard", "Lemaître"], ["Katherine", "Johnson"], ["Linus", "Pauling"]] as const;

export function member(at: number, more: Partial<Member> = {}): Member {
  const [first, last] = PEOPLE[at % PEOPLE.length]!;
  const [role, roleName] = ROLES[at % ROLES.length]!;
  const isSelf = at === 0;
  return {
    id: `m-${at}`, userId: isSelf ? "u-ada" : `u-${at}`, role, roleId: `r-${role}`, roleName, isPrimary: at < 2, isOwner: isSelf,
    status: at === 4 ? "suspended" : "active", joinedAt: ago(120 - at), lastAccessedAt: at === 3 ? null : ago(at),
    can: { changeRole: !isSelf, suspend: !isSelf, remove: !isSelf },
    user: { email: `${first.toLowerCase()}@example.com`, firstName: first, lastName: last, isActive: true }, ...more,
  };
}

const MODULES = ["contacts", "customers", "deals", "quotations", "invoices", "payments", "proposals", "tasks", "products", "reports", "email", "team", "settings", "members", "roles", "audit", "workspace"];
const VERBS = ["read", "write", "delete", "manage"];
const ALL = MODULES.flatMap((module) => VERBS.map((verb) => `${module}:${verb}`));

export function roles(): Role[] {
  const can = { edit: false, delete: false, assign: true };
  const holds: Record<string, (key: string) => boolean> = {
    admin: () => true,
    manager: (key) => !/^(settings|members|roles|audit|workspace|team)/.test(key) || key.endsWith(":read"),
    member: (key) => /^(contacts|customers|deals|tasks|quotations|proposals):(read|write)$/.test(key),
    finance: (key) => /^(invoices|payments|quotations):/.test(key) || key.endsWith(":read"),
    viewer: (key) => key.endsWith(":read"),
  };
  const system = ROLES.map(([key, name], at): Role => ({ id: `r-${key}`, key, name, description: null, color: null, isSystem: true, permissions: ALL.filter(holds[key]!), memberCount: 5 - at, can }));
  const own: Role = { id: "r-intern", key: "intern", name: "Intern", description: "Sees clients, writes tasks", color: null, isSystem: false, permissions: ["customers:read", "tasks:read", "tasks:write"], memberCount: 1, can: { edit: true, delete: true, assign: true } };
  return [...system, own];
}

export const look = (more: Partial<Look> = {}): Look => ({
  primaryColor: "#0f766e", secondaryColor: "#fde68a", pdfHeader: "Brightwater Agency", pdfFooter: "Lange Straße 12 · 10115 Berlin\nVAT DE123456789",
  emailSignature: "<p><b>Ada Lovelace</b><br>Brightwater Agency</p>", emailSignatureText: "Ada Lovelace\nBrightwater Agency", showInCrm: true, ...more,
});

export const activities = (): Activity[] =>
  [
    ["workspace.switched", "Ada Lovelace", {}],
    ["member.role_changed", "Ada Lovelace", { from: "member", role: "manager", kind: "joined" }],
    ["member.invited", "Grace Hopper", { email: "k…@example.com" }],
    ["member.joined", "Katherine Johnson", { role: "finance" }],
    ["branding.changed", "Ada Lovelace", { fields: ["primary_color", "logo"] }],
    ["flag.changed", null, { enabled: true }],
  ].map(([action, actorName, details], at) => ({
    id: `a-${at}`, userId: actorName ? "u-ada" : null, action: action as string, details: details as Record<string, unknown>, createdAt: ago(at * 0.7),
    actorKind: actorName ? "user" : "operator", actorName: actorName as string | null, targetKind: null, targetId: null,
  }));

export const flag = (more: Partial<Flag> = {}): Flag => ({
  id: "f-1", tenantId: null, enabled: true, mode: "enforce", description: "Pilot since June", updatedAt: ago(9), updatedBy: "u-root", effective: true, source: "global_row", override: null, ...more,
});

/** Everything answers. */
export function replies(count = 4): Replies {
  const steps = (["add_branding", "invite_team", "create_customer", "create_product", "create_proposal"] as const).map((step, at) => ({
    step, status: at === 0 ? "completed" : at === 3 ? "skipped" : "pending", seen: at === 0, by: null, at: null,
  }));
  const onboarding = { version: 1, startedAt: ago(1), steps, currentStep: "invite_team", isCompleted: false, isDismissed: false };
  let branding: Branding = { version: 2, live: look(), draft: null, logo: null, crm: { maps: ["logoUrl", "pdfFooter"], shows: ["pdfFooter"] }, updatedAt: ago(3) };
  const brand = (change: Partial<Branding>): Branding => (branding = { ...branding, ...change, version: branding.version + 1 });
  const none = look({ primaryColor: null, secondaryColor: null, pdfHeader: null, pdfFooter: null, emailSignature: null, emailSignatureText: null });
  const counts = seats(count).map((one, at) => ({ workspaceId: one.workspaceId, unread: at === 1 ? 3 : 0, members: 2 + at, pendingInvitations: at === 0 ? 1 : null, ownershipOfferedUntil: null as string | null }));
  return {
    "GET /api/workspaces": () => ({ workspaces: seats(count), activeWorkspaceId: "w-home" }),
    "GET /api/workspaces/summary": () => ({ workspaces: counts, pendingInvitations: 1 }),
    "GET /api/workspaces/deleted": () => ({ data: [{ id: "w-old", name: "Old Mill Project", logoUrl: null, isPrimary: false, deletedAt: ago(4), deletedBy: "u-ada", reason: null, restorableUntil: ago(-26) }], nextCursor: null }),
    "POST /api/workspaces": () => ({ id: "w-new", name: "New" }),
    "POST /api/workspaces/:id/switch": () => ({ message: "", activeWorkspaceId: "w-1" }),
    "POST /api/workspaces/:id/leave": () => ({ message: "" }),
    "POST /api/workspaces/:id/restore": () => about(),
    "GET /api/workspaces/:id/members": ({ query }) => [0, 1, 2, 3, 4].map((at) => member(at)).filter((one) => !query.get("role") || one.role === query.get("role")),
    "GET /api/workspaces/:id/members/:user": ({ path }) => [0, 1, 2, 3, 4].map((at) => member(at)).find((one) => path.endsWith(`/${one.userId}`)) ?? new Status(404, "NOT_FOUND"),
    "PATCH /api/workspaces/:id/members/:user": () => member(1),
    "DELETE /api/workspaces/:id/members/:user": () => ({ message: "", reassigned: 0 }),
    "GET /api/workspaces/:id/invitations": () => [invitation(), invitation({ id: "i-2", email: "dorothy@example.com", role: "viewer", roleName: "Viewer", delivery: "failed" })],
    "POST /api/workspaces/:id/invitations": () => ({ ...invitation(), inviteLink: `${location.origin}/_annex/invite#secret` }),
    "POST /api/workspaces/:id/invitations/bulk": ({ body }) => bulk(body as { invitations: { email: string }[]; dryRun: boolean }),
    "POST /api/workspaces/:id/invitations/:inv/resend": () => ({ ...invitation(), inviteLink: null }),
    "POST /api/workspaces/:id/invitations/:inv/link": () => ({ ...invitation(), inviteLink: `${location.origin}/_annex/invite#secret` }),
    "DELETE /api/workspaces/:id/invitations/:inv": () => ({ message: "" }),
    "GET /api/workspaces/:id/roles": () => ({ data: roles(), nextCursor: null }),
    "POST /api/workspaces/:id/roles": () => roles().at(-1),
    "PATCH /api/workspaces/:id/roles/:role": () => roles().at(-1),
    "DELETE /api/workspaces/:id/roles/:role": () => new Status(409, "ROLE_IN_USE", { inUse: { members: 1, invitations: 0 } }),
    "GET /api/permissions": () => ({ permissions: ALL.map((key) => ({ key, module: key.split(":")[0], verb: key.split(":")[1] })), modules: MODULES.map((key) => ({ key })), verbs: VERBS.map((key) => ({ key })) }),
    "GET /api/workspaces/:id/branding": () => branding,
    "PUT /api/workspaces/:id/branding": ({ body, query }) => brand({ [query.get("state") === "draft" ? "draft" : "live"]: body }),
    "POST /api/workspaces/:id/branding/publish": () => brand({ live: branding.draft ?? branding.live, draft: null }),
    "POST /api/workspaces/:id/branding/discard": () => brand({ draft: null }),
    "DELETE /api/workspaces/:id/branding": () => brand({ live: none, draft: null, logo: null }),
    "PUT /api/workspaces/:id/logo": () => brand({ logo: { url: LOGO, sizes: [] } }),
    "DELETE /api/workspaces/:id/logo": () => brand({ logo: null }),
    "GET /api/workspaces/:id/ownership-transfer": () => ({ transfer: null }),
    "POST /api/workspaces/:id/ownership-transfer": () => ({ id: "t-1", fromUserId: "u-ada", toUserId: "u-1", status: "pending", expiresAt: ago(-7) }),
    "POST /api/workspaces/:id/ownership-transfer/*": () => ({ id: "t-1", fromUserId: "u-ada", toUserId: "u-1", status: "cancelled", expiresAt: ago(-7) }),
    "GET /api/workspaces/:id/onboarding": () => onboarding,
    "PUT /api/workspaces/:id/onboarding/:step": () => onboarding,
    "POST /api/workspaces/:id/onboarding/reopen": () => onboarding,
    "POST /api/workspaces/:id/onboarding/dismiss": () => ({ ...onboarding, isDismissed: true }),
    "GET /api/workspaces/:id/activity": () => activities(),
    "GET /api/workspaces/:id/activity/export": () => new Response("id,action\n1,workspace.created\n", { headers: { "X-Annex-Request-Id": "r-1" } }),
    "GET /api/workspaces/:id": () => about(),
    "PATCH /api/workspaces/:id": () => about({ version: 4 }),
    "DELETE /api/workspaces/:id": () => ({ workspaceId: "w-home", deletedAt: ago(0), restorableUntil: ago(-30) }),
    "GET /api/invitations/pending": () => [pending()],
    "POST /api/invitations/preview": () => ({ workspace: pending().workspace, inviterName: "Grace Hopper", role: "member", roleName: "Team Member", email: "a…@example.com", expiresAt: ago(-6) }),
    "POST /api/invitations/by-id/:id/accept": () => ({ message: "", workspaceId: "w-99" }),
    "POST /api/invitations/by-id/:id/decline": () => ({ message: "" }),
    "POST /api/invitations/:token/accept": () => ({ message: "", workspaceId: "w-99" }),
    "POST /api/invitations/:token/decline": () => ({ message: "" }),
    "GET /api/admin/feature-flags": () => [flag(), flag({ id: "f-2", tenantId: "t-acme-0001", source: "tenant_row", description: null }), flag({ id: "f-3", tenantId: "t-beta-0002", enabled: false, effective: false, mode: "shadow", source: "tenant_row", override: { value: false, active: true } })],
    "POST /api/admin/tenants/:id/*": () => ({ message: "", flag: flag() }),
    "POST /api/admin/feature-flags": () => flag(),
    "GET /api/admin/rollout": () => ({ percentage: 25, deny: ["t-gamma-0003"], mode: "enforce", updatedAt: ago(2), updatedBy: "u-root" }),
    "POST /api/admin/rollout": () => ({ percentage: 50, deny: [], mode: "enforce", updatedAt: ago(0), updatedBy: "u-root" }),
    "GET /api/admin/workspaces": () => ({ data: [{ id: "w-lost", name: "Sunken Garden", state: "on", ownerUserId: null, memberCount: 2, orphanedSince: ago(2), createdAt: ago(90) }], nextCursor: null }),
    "GET /api/admin/health": () => ({ status: "degraded", parts: [{ name: "postgresql", status: "ok" }, { name: "redis", status: "degraded", code: "disconnected", message: "Redis is not connected" }, { name: "crm", status: "ok" }], decisions: { allowed: 12840, denied: 37, sinceS: 3600 }, denials: [{ reason: "WORKSPACE_ACCESS_DENIED", count: 21 }, { reason: "WORKSPACE_PERMISSION_DENIED", count: 16 }] }),
  };
}

function bulk({ invitations, dryRun }: { invitations: { email: string }[]; dryRun: boolean }): unknown {
  const results = invitations.map(({ email }, at) =>
    email.includes("@") ? { row: at + 1, email, status: dryRun ? "valid" : "invited" } : { row: at + 1, email, status: "refused", code: "VALIDATION_FAILED", errors: [{ path: "email", code: "not_an_email_address" }] },
  );
  const refused = results.filter((one) => one.status === "refused").length;
  return { summary: { rows: results.length, invited: results.length - refused, refused, dryRun }, results };
}
