// <annex-activity-section>: who did what, filtered, and all of it as a file.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { exportActivity, listActivity } from "../../api.ts";
import { avatar } from "../../part/avatar.ts";
import { define } from "../../part/element.ts";
import { selectField, textField, valuesOf } from "../../part/field.ts";
import { dayStart, since, time } from "../../part/format.ts";
import { download, history } from "../../part/icons.ts";
import type { About, Activity } from "../../shapes.ts";
import { roleName } from "../../switcher/role.ts";
import { maybe, t } from "../../words/index.ts";
import { PageElement, bones, pageStyles } from "../page.ts";
import { People } from "../people.ts";

/** What can be asked for; a later server may tell of more. */
const DEEDS = [
  "workspace.created", "workspace.updated", "workspace.switched", "workspace.deleted", "workspace.restored", "workspace.ownership_offered",
  "workspace.ownership_offer_ended", "workspace.ownership_transferred", "workspace.admin_assigned", "member.invited", "member.joined",
  "member.left", "member.removed", "member.suspended", "member.resumed", "member.role_changed", "invitation.resent", "invitation.revoked",
  "invitation.declined", "invitation.link_shown", "role.created", "role.changed", "role.deleted", "branding.changed", "onboarding.changed",
  "flag.changed", "flag.rollout_changed", "activity.exported", "access.denied",
] as const;

export class AnnexActivitySection extends PageElement {
  static override properties: PropertyDeclarations = { about: { attribute: false }, rows: { state: true } };

  static override styles = [
    pageStyles,
    css`
      form.grid {
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 8.5rem), 1fr));
        align-items: end;
      }
      ol {
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.75rem;
        align-items: center;
        padding: 0.7rem 1.1rem;
      }
      li + li {
        border-block-start: 1px solid var(--_line);
      }
      .facts {
        overflow-wrap: anywhere;
      }
      time {
        white-space: nowrap;
      }
    `,
  ];

  declare about: About;
  declare rows: readonly Activity[] | null;
  readonly #people = new People(this, "actor");
  #cursor: string | null = null;
  #filter: Record<string, string | null> = {};

  constructor() {
    super();
    this.rows = null;
  }

  protected override whenPresent(): void {
    void this.#load();
    this.#people.begin(this.about.id);
  }

  async #load(more = false): Promise<void> {
    const query = { ...this.#filter, limit: 50, cursor: more ? this.#cursor : null };
    await this.load("rows", (signal) => listActivity(this.about.id, query, signal), ({ rows, cursor }) => {
      this.rows = more ? [...(this.rows ?? []), ...rows] : rows;
      this.#cursor = cursor;
    }, more ? "rows more" : "rows");
  }

  protected override render(): TemplateResult {
    const kinds = DEEDS.map((one) => ({ value: one, text: t(`deed.${one}`) }));
    return html`<div class="stack">
      <form class="grid" @change=${this.#filtered} @submit=${(event: Event) => event.preventDefault()}>
        ${selectField({ name: "action", label: t("activity.kind"), error: this.fieldFault("action") }, [{ value: "", text: t("activity.any") }, ...kinds])}
        ${this.#people.field({ label: t("activity.who") }, t("activity.anybody"))}
        ${textField({ name: "from", label: t("activity.from"), type: "date", error: this.fieldFault("from") })}
        ${textField({ name: "to", label: t("activity.to"), type: "date", error: this.fieldFault("to") })}
      </form>
      <div class="actions end"><span class="muted small">${t("activity.export")}</span> ${this.#exportButton("csv", "CSV")} ${this.#exportButton("ndjson", "NDJSON")}</div>
      ${this.faultNotice()} ${this.#list()}
      ${this.#cursor ? html`<div class="actions">${this.busyButton("rows more", t("action.more"), t("app.loading"), "", "button", () => this.#load(true))}</div>` : nothing}
    </div>`;
  }

  #exportButton(format: "csv" | "ndjson", name: string): TemplateResult {
    return this.deedButton({ what: format, text: html`${download()}${name}`, busy: name, label: t("activity.exportAs", { format: name }), look: "small", click: () => void this.#export(format) });
  }

  #list(): TemplateResult | typeof nothing {
    if (!this.rows) return this.fault ? nothing : html`<div class="card">${bones(5)}</div>`;
    if (this.rows.length === 0) return html`<div class="card empty">${history()}${t("activity.none")}</div>`;
    return html`<div class="card flush" aria-busy=${this.isDoing("rows")}><ol aria-label=${t("settings.activity")}>${this.rows.map((row) => html`<li>${this.#row(row)}</li>`)}</ol></div>`;
  }

  #row(row: Activity): TemplateResult {
    const who = row.actorName ?? t(`activity.${row.actorKind}`);
    return html`${avatar({ id: row.userId ?? row.actorKind, name: who }, "round tiny")}
      <div class="grow">
        <strong>${deed(row.action)}</strong>
        <div class="muted small facts">${[who, ...facts(row.details)].join(" · ")}</div>
      </div>
      <time class="muted small" datetime=${row.createdAt} title=${time(row.createdAt)}>${since(row.createdAt)}</time>`;
  }

  readonly #filtered = (event: Event): void => {
    const { from = "", to = "", ...others } = valuesOf(event.currentTarget as HTMLFormElement);
    // Days as the person has them: from the first moment of one, until the last of the other.
    this.#filter = { ...others, from: dayStart(from), to: dayStart(to, 1) };
    void this.#load();
  };

  async #export(format: "csv" | "ndjson"): Promise<void> {
    await this.attempt(format, async () => {
      const file = await exportActivity(this.about.id, format, this.#filter);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = `activity-${this.about.id}.${format}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  }
}

function deed(action: string): string {
  return maybe(`deed.${action}`, action.replace(/[._]/g, " "));
}

/** What of an event says something to people; the rest, such as ids, stands in the export. */
const FACTS = ["name", "email", "reason", "step", "format"] as const;

function facts(details: Activity["details"]): string[] {
  const said = (name: string): string | null => {
    const value = details[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const role = said("role");
  const before = said("from");
  const roles = [before, role].filter((one) => one !== null).map((one) => roleName({ role: one, roleName: one }));
  const { enabled } = details;
  const value = typeof enabled === "boolean" ? t(enabled ? "activity.on" : "activity.off") : null;
  return [...FACTS.map(said), roles.join(" → ") || null, value].filter((one) => one !== null);
}

define("annex-activity-section", AnnexActivitySection);
