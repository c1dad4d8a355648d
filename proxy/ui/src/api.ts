// The management API, one function a route.
//
// Promise: a call gives what the route's shape says, or throws a `Refused` with a code that the catalogue has a text for.
// Free functions, so that a module carries only those that it calls.

import { runtime } from "./runtime.ts";
import type {
  About, Activity, AdminWorkspace, Branding, Bulk, Deleted, Draft, Edit, FieldError, Flag, Health, Invitation, InvitationStatus,
  Issued, Look, Member, NewInvitation, Onboarding, Page, Pending, Permissions, Preview, Role, Rollout, Seat, StepName, Tally, Transfer,
} from "./shapes.ts";

/** What the server refused, or that it could not be reached (`UNREACHABLE`). */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly fields: readonly FieldError[] = [],
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
    this.name = "Refused";
  }
}

interface Ask {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly body?: unknown;
  readonly raw?: { readonly body: BodyInit; readonly type: string };
  readonly version?: number;
  /** One key for all tries of one deed. */
  readonly once?: string;
  readonly signal?: AbortSignal;
}

interface Answer<Shape> {
  readonly body: Shape;
  readonly headers: Headers;
}

async function ask<Shape>(path: string, asked: Ask = {}): Promise<Answer<Shape>> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method: asked.method ?? "GET", headers };
  if (asked.signal) init.signal = asked.signal;
  if (asked.version !== undefined) headers["If-Match"] = `"${asked.version}"`;
  if (asked.once) headers["Idempotency-Key"] = asked.once;
  if (asked.raw) {
    headers["Content-Type"] = asked.raw.type;
    init.body = asked.raw.body;
  } else if (asked.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(asked.body);
  }
  const answer = await runtime().call(path, init).catch((cause: unknown) => {
    if (asked.signal?.aborted) throw cause;
    throw new Refused("UNREACHABLE", 0);
  });
  const body: unknown = answer.status === 204 ? null : await answer.json().catch(() => undefined);
  if (answer.ok && body !== undefined) return { body: body as Shape, headers: answer.headers };
  const said = (body ?? {}) as { code?: string; errors?: FieldError[] } & Record<string, unknown>;
  throw new Refused(answer.ok ? "UNREACHABLE" : (said.code ?? "INTERNAL"), answer.status, said.errors, said);
}

/** Ends what is asked; nothing is undone by it. */
type End = AbortSignal | undefined;

async function get<Shape>(path: string, signal?: End): Promise<Shape> {
  return (await ask<Shape>(path, signal ? { signal } : {})).body;
}

async function send<Shape>(method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, more: Ask = {}): Promise<Shape> {
  return (await ask<Shape>(path, { ...more, method })).body;
}

/** A bare array that pages by `Link`. */
async function page<Row>(path: string, signal?: End): Promise<Page<Row>> {
  const { body, headers } = await ask<Row[]>(path, signal ? { signal } : {});
  const next = /<([^>]+)>;\s*rel="?next"?/.exec(headers.get("Link") ?? "")?.[1];
  return { rows: body, cursor: next ? new URL(next, location.origin).searchParams.get("cursor") : null };
}

async function list<Row>(path: string, signal?: End): Promise<Page<Row>> {
  const { data, nextCursor } = await get<{ data: Row[]; nextCursor: string | null }>(path, signal);
  return { rows: data, cursor: nextCursor };
}

type Query = Readonly<Record<string, string | number | null | undefined>>;

function query(values: Query): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

const at = (id: string, rest = ""): string => `/api/workspaces/${encodeURIComponent(id)}${rest}`;
const part = encodeURIComponent;
/** A key for one deed. Not `randomUUID`: pages without TLS have none. */
export const once = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Workspaces

export const listWorkspaces = (signal?: End): Promise<{ workspaces: Seat[]; activeWorkspaceId: string }> => get("/api/workspaces", signal);
export const summarize = (signal?: End): Promise<{ workspaces: Tally[]; pendingInvitations: number }> => get("/api/workspaces/summary", signal);
export const listDeleted = (cursor?: string | null, signal?: End): Promise<Page<Deleted>> => list(`/api/workspaces/deleted${query({ limit: 100, cursor })}`, signal);
export const createWorkspace = (draft: Draft, key: string): Promise<{ id: string; name: string }> =>
  send("POST", "/api/workspaces", { body: draft, once: key });
export const readWorkspace = (id: string, signal?: End): Promise<About> => get(at(id), signal);
export const editWorkspace = (id: string, edit: Edit, version: number): Promise<About> =>
  send("PATCH", at(id), { body: edit, version });
export const deleteWorkspace = (id: string, confirmName: string, reason?: string): Promise<{ restorableUntil: string }> =>
  send("DELETE", at(id), { body: { confirmName, ...(reason ? { reason } : {}) } });
export const restoreWorkspace = (id: string): Promise<About> => send("POST", at(id, "/restore"), { once: once() });
export const leaveWorkspace = (id: string): Promise<unknown> => send("POST", at(id, "/leave"), { once: once() });
export const switchTo = (id: string, signal: AbortSignal): Promise<{ activeWorkspaceId: string }> =>
  send("POST", at(id, "/switch"), { signal });

// Members

export const listMembers = (id: string, by: Query = {}, signal?: End): Promise<Page<Member>> => page(at(id, `/members${query(by)}`), signal);
export const readMember = (id: string, user: string, signal?: End): Promise<Member> => get(at(id, `/members/${part(user)}`), signal);
export const changeMember = (id: string, user: string, change: { role?: string; status?: "active" | "suspended" }): Promise<Member> =>
  send("PATCH", at(id, `/members/${part(user)}`), { body: change });
export const removeMember = (id: string, user: string, reassignTo?: string): Promise<{ message: string; reassigned: number }> =>
  send("DELETE", at(id, `/members/${part(user)}`), reassignTo ? { body: { reassignTo } } : {});

// Invitations

export const listInvitations = (id: string, status: InvitationStatus, cursor?: string | null, signal?: End): Promise<Page<Invitation>> =>
  page(at(id, `/invitations${query({ status, limit: 50, cursor })}`), signal);
export const invite = (id: string, invitation: NewInvitation, key: string): Promise<Issued> =>
  send("POST", at(id, "/invitations"), { body: invitation, once: key });
export const inviteMany = (id: string, invitations: readonly NewInvitation[], dryRun: boolean, key?: string): Promise<Bulk> =>
  send("POST", at(id, "/invitations/bulk"), { body: { invitations, dryRun }, ...(key && !dryRun ? { once: key } : {}) });
export const resendInvitation = (id: string, invitation: string): Promise<Issued> =>
  send("POST", at(id, `/invitations/${part(invitation)}/resend`), { once: once() });
export const linkInvitation = (id: string, invitation: string): Promise<Issued> =>
  send("POST", at(id, `/invitations/${part(invitation)}/link`), { once: once() });
export const revokeInvitation = (id: string, invitation: string): Promise<unknown> =>
  send("DELETE", at(id, `/invitations/${part(invitation)}`));
export const listPending = (): Promise<Pending[]> => get("/api/invitations/pending");
export const previewInvitation = (token: string): Promise<Preview> => send("POST", "/api/invitations/preview", { body: { token } });

/** An invitation by its token, or by its id where the list of pending ones shows it. */
export type Ticket = { readonly token: string } | { readonly id: string };
const ticket = (one: Ticket): string => ("token" in one ? part(one.token) : `by-id/${part(one.id)}`);
export const acceptInvitation = (one: Ticket): Promise<{ workspaceId: string }> =>
  send("POST", `/api/invitations/${ticket(one)}/accept`);
export const declineInvitation = (one: Ticket): Promise<unknown> => send("POST", `/api/invitations/${ticket(one)}/decline`);

// Roles

export const listRoles = async (id: string, signal?: End): Promise<readonly Role[]> => (await list<Role>(at(id, "/roles"), signal)).rows;
export const listPermissions = (signal?: End): Promise<Permissions> => get("/api/permissions", signal);
export interface RoleDraft {
  name: string;
  description?: string;
  permissions: readonly string[];
}
export const createRole = (id: string, draft: RoleDraft): Promise<Role> => send("POST", at(id, "/roles"), { body: draft, once: once() });
export const changeRole = (id: string, role: string, draft: RoleDraft): Promise<Role> =>
  send("PATCH", at(id, `/roles/${part(role)}`), { body: draft });
export const deleteRole = (id: string, role: string, reassignTo?: string): Promise<unknown> =>
  send("DELETE", at(id, `/roles/${part(role)}`), reassignTo ? { body: { reassignTo } } : {});

// Branding

export const readBranding = (id: string, signal?: End): Promise<Branding> => get(at(id, "/branding"), signal);
export const saveDraft = (id: string, look: Look, version: number): Promise<Branding> =>
  send("PUT", at(id, "/branding?state=draft"), { body: look, version });
export const publishDraft = (id: string, version: number): Promise<Branding> =>
  send("POST", at(id, "/branding/publish"), { version, once: once() });
export const discardDraft = (id: string, version: number): Promise<Branding> =>
  send("POST", at(id, "/branding/discard"), { version, once: once() });
export const resetBranding = (id: string, version: number): Promise<Branding> => send("DELETE", at(id, "/branding"), { version });
export const putLogo = (id: string, file: Blob): Promise<Branding> =>
  send("PUT", at(id, "/logo"), { raw: { body: file, type: file.type } });
export const deleteLogo = (id: string): Promise<Branding> => send("DELETE", at(id, "/logo"));

// Ownership

export const readTransfer = async (id: string, signal?: End): Promise<Transfer | null> =>
  (await get<{ transfer: Transfer | null }>(at(id, "/ownership-transfer"), signal)).transfer;
export const offerOwnership = (id: string, userId: string): Promise<Transfer> =>
  send("POST", at(id, "/ownership-transfer"), { body: { userId }, once: once() });
export const answerOffer = (id: string, offer: string, word: "accept" | "decline" | "cancel"): Promise<Transfer> =>
  send("POST", at(id, `/ownership-transfer/${part(offer)}/${word}`), { once: once() });

// Onboarding

export const readOnboarding = (id: string, signal?: End): Promise<Onboarding> => get(at(id, "/onboarding"), signal);
export const sayStep = (id: string, step: StepName, status: "pending" | "completed" | "skipped"): Promise<Onboarding> =>
  send("PUT", at(id, `/onboarding/${step}`), { body: { status } });
export const dismissOnboarding = (id: string): Promise<Onboarding> => send("POST", at(id, "/onboarding/dismiss"), { once: once() });
export const reopenOnboarding = (id: string): Promise<Onboarding> => send("POST", at(id, "/onboarding/reopen"), { once: once() });

// Activity

export const listActivity = (id: string, by: Query, signal?: End): Promise<Page<Activity>> => page(at(id, `/activity${query(by)}`), signal);
/** The whole export, as a file to be saved. */
export async function exportActivity(id: string, format: "csv" | "ndjson", by: Query): Promise<Blob> {
  const answer = await runtime().call(at(id, `/activity/export${query({ ...by, format })}`)).catch(() => null);
  // Where Annex is by-passed somebody else answers, and what they say is no export.
  if (!answer?.headers.has("X-Annex-Request-Id")) throw new Refused("UNREACHABLE", 0);
  if (!answer.ok) throw new Refused(((await answer.json().catch(() => ({}))) as { code?: string }).code ?? "INTERNAL", answer.status);
  return answer.blob();
}

// Administrators of the platform

export const listFlags = (cursor?: string | null, signal?: End): Promise<Page<Flag>> => page(`/api/admin/feature-flags${query({ limit: 100, cursor })}`, signal);
export const flipTenant = (tenant: string, to: "enable" | "disable"): Promise<{ flag: Flag }> =>
  send("POST", `/api/admin/tenants/${part(tenant)}/${to}-multi-workspace`);
export const setFlag = (flag: { enabled: boolean; tenantId?: string; mode?: "shadow" | "enforce" }): Promise<Flag> =>
  send("POST", "/api/admin/feature-flags", { body: { key: "multi_workspace_enabled", ...flag } });
export const readRollout = (signal?: End): Promise<Rollout> => get("/api/admin/rollout", signal);
export const setRollout = (rollout: { percentage?: number; mode?: string; deny?: readonly string[] }): Promise<Rollout> =>
  send("POST", "/api/admin/rollout", { body: rollout });
export const listOrphans = (cursor?: string | null, signal?: End): Promise<Page<AdminWorkspace>> =>
  list(`/api/admin/workspaces${query({ orphaned: "true", limit: 100, cursor })}`, signal);
export const assignAdmin = (id: string, userId: string): Promise<unknown> =>
  send("POST", `/api/admin/workspaces/${part(id)}/assign-admin`, { body: { userId } });
export const readHealth = (signal?: End): Promise<Health> => get("/api/admin/health", signal);
