// <annex-roles-section>: what each role may do, as a grid of areas and verbs; custom roles are edited in it.
//
// Invariant: what the person lacks cannot be ticked, and says why. The server judges all the same.

import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { Refused, changeRole, createRole, deleteRole, listPermissions, listRoles } from "../../api.ts";
import "../../part/dialog.ts";
import { define } from "../../part/element.ts";
import { permissionName } from "../../part/explain.ts";
import { selectField, textField, valuesOf } from "../../part/field.ts";
import { check, lock, plus } from "../../part/icons.ts";
import type { About, Permissions, Role } from "../../shapes.ts";
import { roleName } from "../../switcher/role.ts";
import { maybe, t } from "../../words/index.ts";
import { PageElement, bones, pageStyles, unsavedQuestion } from "../page.ts";
import { rolesStyle } from "./roles.style.ts";

/** A role that is being made. */
const NEW: Role = {
  id: null, key: "", name: "", description: null, color: null, isSystem: false, permissions: ["members:read", "workspace:read"], memberCount: 0,
  can: { edit: true, delete: false, assign: true },
};

export class AnnexRolesSection extends PageElement {
  static override properties: PropertyDeclarations = {
    about: { attribute: false }, roles: { state: true }, catalogue: { state: true }, chosen: { state: true }, ticked: { state: true }, isDeleting: { state: true }, wanted: { state: true },
  };

  static override styles = [pageStyles, rolesStyle];

  declare about: About;
  declare roles: readonly Role[] | null;
  declare catalogue: Permissions | null;
  declare chosen: Role | null;
  declare ticked: ReadonlySet<string>;
  declare isDeleting: boolean;
  /** The role that the person wants to see, away from what is not saved. */
  declare wanted: Role | null;

  constructor() {
    super();
    this.roles = null;
    this.catalogue = null;
    this.chosen = null;
    this.ticked = new Set();
    this.isDeleting = false;
    this.wanted = null;
  }

  protected override whenPresent(): void {
    void this.load("roles", (signal) => Promise.all([listRoles(this.about.id, signal), listPermissions(signal)]), ([roles, catalogue]) => {
      this.roles = roles;
      this.catalogue = catalogue;
      this.#choose(roles.find((one) => one.key === this.about.role) ?? roles[0] ?? null);
    });
  }

  #choose(role: Role | null): void {
    this.chosen = role;
    this.ticked = new Set(role?.permissions);
    this.fault = null;
    this.wanted = null;
  }

  override isDirty(): boolean {
    const { chosen, ticked } = this;
    const form = this.renderRoot.querySelector<HTMLFormElement>("form.role");
    if (!chosen?.can.edit || !form) return false;
    const { name = "", description = "" } = valuesOf(form);
    const isSame = ticked.size === chosen.permissions.length && chosen.permissions.every((one) => ticked.has(one));
    return !isSame || name !== chosen.name || description !== (chosen.description ?? "");
  }

  #show(role: Role): void {
    if (role === this.chosen) return;
    if (this.isDirty()) this.wanted = role;
    else this.#choose(role);
  }

  /** What the person holds, by their own role. */
  get #held(): ReadonlySet<string> {
    return new Set(this.roles?.find((one) => one.key === this.about.role)?.permissions);
  }

  protected override render(): TemplateResult {
    const { roles, chosen, catalogue } = this;
    if (!roles || !catalogue) return html`<div class="card">${this.fault ? this.faultNotice() : bones(5)}</div>`;
    const canMake = this.#held.has("roles:manage");
    return html`<div class="stack">
      <div class="tabs" role="group" aria-label=${t("roles.list")}>
        ${roles.map((role) => this.#tab(role))}
        ${canMake ? html`<button class="tab new" type="button" aria-pressed=${chosen === NEW} @click=${() => this.#show(NEW)}>${plus()}${t("roles.new")}</button>` : nothing}
      </div>
      ${chosen ? this.#role(chosen, catalogue) : nothing}
    </div>
    ${this.isDeleting && chosen ? this.#question(chosen) : nothing}
    ${this.wanted ? unsavedQuestion(() => (this.wanted = null), () => this.#choose(this.wanted)) : nothing}`;
  }

  #tab(role: Role): TemplateResult {
    return html`<button class="tab" type="button" aria-pressed=${role === this.chosen} @click=${() => this.#show(role)}>
      ${roleName({ role: role.key, roleName: role.name })}
      <span class="count numeric">${role.memberCount}<span class="sr"> ${t("roles.people", { n: role.memberCount })}</span></span>
    </button>`;
  }

  #role(role: Role, catalogue: Permissions): TemplateResult {
    const canEdit = role.can.edit;
    const lacks = canEdit && catalogue.permissions.some((one) => !this.#held.has(one.key));
    return html`<form class="stack role" novalidate @submit=${this.#save}>
      ${this.isDeleting ? nothing : this.faultNotice()}
      ${canEdit ? html`<div class="grid">
        ${textField({ name: "name", label: t("roles.name"), value: role.name, required: true, maxlength: 60, error: this.fieldFault("name") })}
        ${textField({ name: "description", label: t("roles.description"), value: role.description, required: false, maxlength: 200, error: this.fieldFault("description") })}
      </div>` : html`<p class="muted small">${t("roles.systemNote")}</p>`}
      ${lacks ? html`<p class="muted small row">${lock()}<span id="lacking">${t("roles.lackingNote")}</span></p>` : nothing}
      ${this.#grid(role, catalogue)}
      ${canEdit ? html`<div class="actions">
        ${role.can.delete ? html`<button class="button" type="button" @click=${() => (this.isDeleting = true)}>${t("roles.delete")}</button>` : nothing}
        <span class="grow"></span>${this.busyButton("save", t("action.save"), t("action.saving"))}
      </div>` : nothing}
    </form>`;
  }

  #grid(role: Role, { permissions, modules, verbs }: Permissions): TemplateResult {
    const known = new Set(permissions.map((one) => one.key));
    const name = roleName({ role: role.key, roleName: role.name || t("roles.new") });
    return html`<div class="card flush scroll" tabindex="0" role="region" aria-label=${t("roles.grid", { role: name })}>
      <table>
        <caption class="sr">${t("roles.grid", { role: name })}</caption>
        <thead>
          <tr><th scope="col">${t("roles.module")}</th>${verbs.map((verb) => html`<th scope="col" class="cell">${maybe(`verb.${verb.key}`, verb.key)}</th>`)}</tr>
        </thead>
        <tbody>
          ${modules.map((module) => html`<tr>
            <th scope="row">${maybe(`module.${module.key}`, module.key)}</th>
            ${verbs.map((verb) => html`<td class="cell">${known.has(`${module.key}:${verb.key}`) ? this.#cell(role, `${module.key}:${verb.key}`) : nothing}</td>`)}
          </tr>`)}
        </tbody>
      </table>
    </div>`;
  }

  #cell(role: Role, key: string): TemplateResult {
    const isTicked = this.ticked.has(key);
    if (!role.can.edit) {
      return html`<span class="fixed ${isTicked ? "on" : ""}">${isTicked ? check() : "–"}<span class="sr">${t(isTicked ? "roles.allowed" : "roles.notAllowed")}</span></span>`;
    }
    const lacks = !this.#held.has(key);
    const tick = (event: Event): void => this.#tick(key, (event.target as HTMLInputElement).checked);
    return html`<label class="tick" title=${lacks ? t("roles.lacking") : nothing}>
      <input type="checkbox" name=${key} .checked=${isTicked} ?disabled=${lacks && !isTicked} aria-label=${permissionName(key)} aria-describedby=${lacks ? "lacking" : nothing} @change=${tick} />
      ${lacks ? lock() : nothing}
    </label>`;
  }

  #tick(key: string, on: boolean): void {
    const ticked = new Set(this.ticked);
    if (on) ticked.add(key);
    else ticked.delete(key);
    this.ticked = ticked;
  }

  #question(role: Role): TemplateResult {
    const others = (this.roles ?? []).filter((one) => one.id && one.id !== role.id && one.can.assign);
    const options = others.map((one) => ({ value: one.id ?? "", text: roleName({ role: one.key, roleName: one.name }) }));
    const member = others.find((one) => one.key === "member")?.id ?? null;
    return html`<annex-dialog heading=${t("roles.deleteTitle", { name: role.name })} @annex-close=${() => (this.isDeleting = false)}>
      <form class="stack" novalidate @submit=${(event: Event) => event.preventDefault()}>
        <p class="muted">${t("roles.deleteText")}</p>
        ${this.faultNotice()} ${selectField({ name: "reassignTo", label: t("roles.instead"), value: member }, options)}
      </form>
      <button slot="actions" class="button" type="button" @click=${() => (this.isDeleting = false)}>${t("action.cancel")}</button>
      <span slot="actions">${this.busyButton("delete", t("roles.delete"), t("roles.delete"), "danger", "button", () => this.#delete(role))}</span>
    </annex-dialog>`;
  }

  readonly #save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { chosen, ticked } = this;
    if (!chosen) return;
    const { name = "", description = "" } = valuesOf(event.currentTarget as HTMLFormElement);
    const permissions = [...ticked].toSorted();
    await this.attempt("save", async () => {
      if (!name) throw new Refused("VALIDATION_FAILED", 400, [{ path: "name", code: "required" }]);
      const saved = chosen.id
        ? await changeRole(this.about.id, chosen.id, { name, description, permissions })
        : await createRole(this.about.id, { name, permissions, ...(description ? { description } : {}) });
      this.toast(t("roles.saved", { name: saved.name }));
      const others = (this.roles ?? []).filter((one) => one.id !== saved.id);
      this.roles = await listRoles(this.about.id).catch(() => [...others, saved]);
      const found = this.roles.find((one) => one.id === saved.id) ?? saved;
      // What was ticked meanwhile stays, and whoever went on to another role stays there.
      if (this.chosen !== chosen) this.chosen = this.roles.find((one) => one.id === this.chosen?.id) ?? this.chosen;
      else if (this.ticked === ticked) this.#choose(found);
      else this.chosen = found;
    });
  };

  async #delete(role: Role): Promise<void> {
    const form = this.renderRoot.querySelector<HTMLFormElement>("annex-dialog form");
    const heir = role.memberCount > 0 && form ? valuesOf(form)["reassignTo"] : undefined;
    const isDone = await this.attempt("delete", async () => {
      await deleteRole(this.about.id, role.id ?? "", heir);
    });
    if (!isDone) return;
    this.isDeleting = false;
    this.toast(t("roles.deleted", { name: role.name }));
    this.roles = await listRoles(this.about.id).catch(() => this.roles);
    this.#choose(this.roles?.[0] ?? null);
  }
}

define("annex-roles-section", AnnexRolesSection);
