// The shapes of the management API, as its OpenAPI document has them. Moments are RFC 3339 texts.

export interface Can {
  readonly switch: boolean;
  readonly leave: boolean;
  readonly manageSettings: boolean;
  readonly manageMembers: boolean;
  readonly delete: boolean;
  readonly restore: boolean;
}

export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly logoUrl: string | null;
  readonly businessType: string | null;
  readonly defaultCurrency: string | null;
  readonly timeZone: string | null;
  readonly state: "on" | "off" | "deleted";
  readonly createdAt: string | null;
  readonly deletedAt: string | null;
}

export interface Seat {
  readonly id: string;
  readonly userId: string;
  readonly workspaceId: string;
  readonly role: string;
  readonly roleName: string;
  readonly isPrimary: boolean;
  readonly status: "active" | "blocked";
  readonly joinedAt: string | null;
  readonly lastAccessedAt: string | null;
  readonly can: Can;
  readonly workspace: Workspace;
}

export interface Tally {
  readonly workspaceId: string;
  readonly unread: number | null;
  readonly members: number;
  readonly pendingInvitations: number | null;
  /** Until when the person is offered to own it; null: they are not. */
  readonly ownershipOfferedUntil: string | null;
}

export interface About extends Workspace {
  readonly industry: string | null;
  readonly address: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly language: string | null;
  readonly ownerUserId: string | null;
  readonly sponsorWorkspaceId: string | null;
  readonly version: number;
  readonly isPrimary: boolean;
  readonly role: string;
  readonly roleId: string | null;
  readonly roleName: string;
  readonly can: Can & { readonly transferOwnership: boolean };
}

/** What `PATCH` takes; null takes away. */
export interface Edit {
  name?: string;
  businessType?: string | null;
  industry?: string | null;
  address?: string | null;
  email?: string | null;
  phone?: string | null;
  defaultCurrency?: string | null;
  timeZone?: string | null;
}

export interface Draft {
  name: string;
  businessType?: string;
  defaultCurrency?: string;
  timeZone?: string;
}

export interface Deleted {
  readonly id: string;
  readonly name: string;
  readonly logoUrl: string | null;
  readonly isPrimary: boolean;
  readonly deletedAt: string;
  readonly deletedBy: string | null;
  readonly reason: string | null;
  readonly restorableUntil: string | null;
}

export interface Member {
  readonly id: string;
  readonly userId: string;
  readonly role: string | null;
  readonly roleId: string | null;
  readonly roleName: string | null;
  readonly isPrimary: boolean;
  readonly isOwner: boolean;
  readonly status: "active" | "suspended" | "removed";
  readonly joinedAt: string | null;
  readonly lastAccessedAt: string | null;
  readonly can: { readonly changeRole: boolean; readonly suspend: boolean; readonly remove: boolean };
  readonly user: {
    readonly email: string;
    readonly firstName: string | null;
    readonly lastName: string | null;
    readonly isActive: boolean;
  } | null;
  readonly notice?: string;
}

export type InvitationStatus = "pending" | "accepted" | "declined" | "revoked" | "expired";

export interface Invitation {
  readonly id: string;
  readonly workspaceId: string;
  readonly email: string;
  readonly role: string | null;
  readonly roleName: string | null;
  readonly status: InvitationStatus;
  readonly expiresAt: string;
  readonly createdAt: string;
  readonly lastSentAt: string;
  readonly sendCount: number;
  readonly delivery: "queued" | "sent" | "failed" | null;
}

export interface Issued extends Invitation {
  readonly inviteLink: string | null;
}

export interface NewInvitation {
  email: string;
  role?: string;
  language?: "en" | "de";
}

export interface Bulk {
  readonly summary: { readonly rows: number; readonly invited: number; readonly refused: number; readonly dryRun: boolean };
  readonly results: readonly {
    readonly row: number;
    readonly email: string | null;
    readonly status: "invited" | "valid" | "refused";
    readonly code?: string;
    readonly errors?: readonly FieldError[];
    readonly inviteLink?: string;
  }[];
}

export interface Offered {
  readonly id: string;
  readonly name: string;
  readonly logoUrl: string | null;
}

export interface Pending extends Invitation {
  readonly inviterName: string | null;
  readonly workspace: Offered;
}

export interface Preview {
  readonly workspace: Offered;
  readonly inviterName: string | null;
  readonly role: string | null;
  readonly roleName: string | null;
  /** Masked. */
  readonly email: string;
  readonly expiresAt: string;
}

export interface Role {
  /** Null for a system role of a home in which nothing was changed yet. */
  readonly id: string | null;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly color: string | null;
  readonly isSystem: boolean;
  readonly permissions: readonly string[];
  readonly memberCount: number;
  readonly can: { readonly edit: boolean; readonly delete: boolean; readonly assign: boolean };
}

export interface Permissions {
  readonly permissions: readonly { readonly key: string; readonly module: string; readonly verb: string }[];
  readonly modules: readonly { readonly key: string }[];
  readonly verbs: readonly { readonly key: string }[];
}

export interface Look {
  primaryColor: string | null;
  secondaryColor: string | null;
  pdfHeader: string | null;
  pdfFooter: string | null;
  emailSignature: string | null;
  emailSignatureText?: string | null;
  showInCrm: boolean;
}

export interface Branding {
  readonly version: number;
  readonly live: Look;
  /** Null: there is none, or the person may not publish one. */
  readonly draft: Look | null;
  readonly logo: { readonly url: string; readonly sizes: readonly { readonly px: number; readonly url: string }[] } | null;
  readonly crm: { readonly maps: readonly string[]; readonly shows: readonly string[] };
  readonly updatedAt: string | null;
}

export type StepName = "add_branding" | "invite_team" | "create_customer" | "create_product" | "create_proposal";

export interface Onboarding {
  readonly version: number;
  readonly startedAt: string | null;
  readonly steps: readonly {
    readonly step: StepName;
    readonly status: "pending" | "completed" | "skipped";
    readonly seen: boolean;
  }[];
  readonly currentStep: StepName | null;
  readonly isCompleted: boolean;
  readonly isDismissed: boolean;
}

export interface Activity {
  readonly id: string;
  readonly userId: string | null;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly actorKind: "user" | "saas_admin" | "operator" | "node";
  readonly actorName: string | null;
  readonly targetKind: string | null;
  readonly targetId: string | null;
}

export interface Transfer {
  readonly id: string;
  readonly fromUserId: string | null;
  readonly toUserId: string;
  readonly status: "pending" | "accepted" | "declined" | "cancelled" | "expired";
  readonly expiresAt: string;
}

export interface Flag {
  readonly id: string | null;
  readonly tenantId: string | null;
  readonly enabled: boolean | null;
  readonly mode: string;
  readonly description: string | null;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
  readonly effective: boolean;
  readonly source: string;
  readonly override: { readonly value: boolean; readonly active: boolean } | null;
}

export interface Rollout {
  readonly percentage: number;
  readonly deny: readonly string[];
  readonly mode: "off" | "shadow" | "enforce" | null;
  readonly updatedAt: string;
  readonly updatedBy: string | null;
}

export interface AdminWorkspace {
  readonly id: string;
  readonly name: string | null;
  readonly state: "on" | "off" | "deleted";
  readonly ownerUserId: string | null;
  readonly memberCount: number;
  readonly orphanedSince: string | null;
  readonly createdAt: string;
}

/** What `GET /_annex/ui/health` says; what is left out is not known. */
export interface Health {
  readonly status: "ok" | "degraded" | "down";
  readonly parts?: readonly { readonly name: string; readonly status: "ok" | "degraded" | "down"; readonly code?: string; readonly message?: string }[];
  readonly decisions?: { readonly allowed: number; readonly denied: number; readonly sinceS: number };
  readonly denials?: readonly { readonly reason: string; readonly count: number }[];
  /** Which process answered. */
  readonly node?: string;
  readonly version?: string;
  /** What it holds of the flags; `ageMs` null: PostgreSQL never confirmed any. */
  readonly snapshot?: { readonly revision: number; readonly ageMs: number | null };
}

export interface FieldError {
  readonly path: string;
  readonly code: string;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Null: there is no more. */
  readonly cursor: string | null;
}
