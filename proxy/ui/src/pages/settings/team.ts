// <annex-team-section>: the people of a workspace, and the invitations that wait.

import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { changeMember, linkInvitation, listInvitations, listMembers, listRoles, removeMember, resendInvitation, revokeInvitation } from "../../api.ts";
import { avatar } from "../../part/avatar.ts";
import { copyText } from "../../part/copy.ts";
import "../../part/dialog.ts";
import { define } from "../../part/element.ts";
import { valuesOf, type Option } from "../../part/field.ts";
import { day, personName, since } from "../../part/format.ts";
import { mail, people, plus } from "../../part/icons.ts";
import { runtime } from "../../runtime.ts";
import type { About, Invitation, Member, Role } from "../../shapes.ts";
import { roleName } from "../../switcher/role.ts";
import { t } from "../../words/index.ts";
import { byHand } from "../by-hand.ts";
import { PageElement, bones, pageStyles } from "../page.ts";
import { People } from "../people.ts";
import "./invite.ts";
import { teamStyle } from "./team.style.ts";

interface Asked { readonly kind: "remove" | "suspend"; readonly member: Member }
const TYPING_MS = 250;

export class AnnexTeamSection extends PageElement {
  static override properties: PropertyDeclarations = {
    about: { attribute: false }, members: { state: true }, invitations: { state: true }, roles: { state: true }, asked: { state: true }, link: { state: true }, isInviting: { state: true },
  };

  static override styles = [pageStyles, teamStyle];

  declare about: About;
  declare members: readonly Member[] | null;
  declare invitations: readonly Invitation[] | null;
  declare roles: readonly Role[];
  declare asked: Asked | null;
  /** What could not be copied, to be copied by hand. */
  declare link: { readonly email: string; readonly url: string } | null;
  declare isInviting: boolean;
  #filter: Record<string, string> = {};
  #cursor: string | null = null;
  #nextInvitations: string | null = null;
  readonly #heirs = new People(this, "reassignTo");
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.members = null;
    this.invitations = null;
    this.roles = [];
    this.asked = null;
    this.link = null;
    this.isInviting = false;
  }

  protected override whenPresent(): void {
    void this.#load();
    void this.#loadInvitations();
    void this.load("roles", (signal) => listRoles(this.about.id, signal), (roles) => (this.roles = roles));
  }

  async #load(more = false): Promise<void> {
    const query = { ...this.#filter, limit: 50, cursor: more ? this.#cursor : null };
    await this.load("people", (signal) => listMembers(this.about.id, query, signal), ({ rows, cursor }) => {
      this.members = more ? [...(this.members ?? []), ...rows] : rows;
      this.#cursor = cursor;
    }, more ? "people more" : "people");
  }

  async #loadInvitations(more = false): Promise<void> {
    if (!this.about.can.manageMembers) return;
    const cursor = more ? this.#nextInvitations : null;
    await this.load("invitations", (signal) => listInvitations(this.about.id, "pending", cursor, signal), (page) => {
      this.invitations = more ? [...(this.invitations ?? []), ...page.rows] : page.rows;
      this.#nextInvitations = page.cursor;
    }, more ? "invitations more" : "invitations");
  }

  protected override render(): TemplateResult {
    const canManage = this.about.can.manageMembers;
    return html`<div class="stack">
      ${this.#tools(canManage)} ${this.asked ? nothing : this.faultNotice()} ${this.#people()}
      ${this.#cursor ? html`<div>${this.busyButton("people more", t("action.more"), t("app.loading"), "", "button", () => this.#load(true))}</div>` : nothing}
      ${canManage ? this.#waiting() : nothing}
    </div>
    ${this.asked ? this.#question(this.asked) : nothing}
    ${this.link ? byHand(t("team.linkOf", { email: this.link.email }), this.link.url, () => (this.link = null)) : nothing}
    ${this.isInviting
      ? html`<annex-invite-dialog .about=${this.about} .roles=${this.roles} @annex-close=${() => (this.isInviting = false)} @annex-invited=${() => this.#loadInvitations()}></annex-invite-dialog>`
      : nothing}`;
  }

  get #roleOptions(): Option[] {
    return this.roles.map((one) => ({ value: one.key, text: roleName({ role: one.key, roleName: one.name }), disabled: !one.can.assign }));
  }

  #tools(canManage: boolean): TemplateResult {
    const status = (["active", "suspended", "removed"] as const).map((one) => ({ value: one, text: t(`team.${one}`) }));
    const roles = this.#roleOptions.map((one) => ({ ...one, disabled: false }));
    return html`<form class="tools" role="search" @submit=${(event: Event) => event.preventDefault()} @input=${this.#typed}>
      <div class="field search">
        <label for="f-query" class="sr">${t("team.search")}</label>
        <input class="input" id="f-query" name="query" type="search" placeholder=${t("team.search")} autocomplete="off" maxlength="100" />
      </div>
      <select class="input" name="role" aria-label=${t("team.role")}>
        <option value="">${t("team.anyRole")}</option>
        ${roles.map((one) => html`<option value=${one.value}>${one.text}</option>`)}
      </select>
      <select class="input" name="status" aria-label=${t("team.status")}>
        <option value="">${t("team.anyStatus")}</option>
        ${status.map((one) => html`<option value=${one.value}>${one.text}</option>`)}
      </select>
      ${canManage ? html`<button class="button primary" type="button" @click=${() => (this.isInviting = true)}>${plus()}${t("team.invite")}</button>` : nothing}
    </form>`;
  }

  #people(): TemplateResult | typeof nothing {
    const { members } = this;
    if (!members) return this.fault ? nothing : html`<div class="card">${bones(5)}</div>`;
    if (members.length === 0) return html`<div class="card empty">${people()}${t("team.nobody")}</div>`;
    return html`<div class="card flush" aria-busy=${this.isDoing("people")}>
      <table class="people">
        <caption class="sr">${t("team.members")}</caption>
        <thead>
          <tr><th scope="col">${t("team.name")}</th><th scope="col">${t("team.role")}</th><th scope="col">${t("team.lastSeen")}</th><th scope="col"><span class="sr">${t("team.status")}</span></th></tr>
        </thead>
        <tbody>${members.map((member) => this.#person(member))}</tbody>
      </table>
    </div>
    <p class="sr" role="status">${t("team.count", { n: members.length })}</p>`;
  }

  #person(member: Member): TemplateResult {
    const name = personName(member);
    const isSelf = member.userId === runtime().principal;
    const { suspend, remove } = member.can;
    const isSuspended = member.status === "suspended";
    return html`<tr>
      <th scope="row" class="who">
        <div class="row">
          ${avatar({ id: member.userId, name }, "round")}
          <div class="grow">
            <div class="name">${name} ${isSelf ? html`<span class="badge">${t("team.you")}</span>` : nothing}${member.isOwner ? html`<span class="badge accent">${t("team.owner")}</span>` : nothing}${isSuspended ? html`<span class="badge warn">${t("team.suspended")}</span>` : nothing}</div>
            <div class="muted small mail">${member.user?.email ?? t("team.gone")}</div>
          </div>
        </div>
      </th>
      <td>${this.#roleOf(member, name)}</td>
      <td class="muted small seen">${member.lastAccessedAt ? since(member.lastAccessedAt) : t("team.never")}</td>
      <td>
        <div class="actions end" role="group" aria-label=${t("team.more", { name })}>
          ${suspend && isSuspended ? this.deedButton({ what: `resume ${member.userId}`, text: t("team.resume"), click: () => void this.#resume(member) }) : nothing}
          ${suspend && !isSuspended ? html`<button class="button quiet small" type="button" @click=${() => this.#ask({ kind: "suspend", member })}>${t("team.suspend")}</button>` : nothing}
          ${remove ? html`<button class="button quiet small" type="button" @click=${() => this.#ask({ kind: "remove", member })}>${t("team.remove")}</button>` : nothing}
        </div>
      </td>
    </tr>`;
  }

  #roleOf(member: Member, name: string): TemplateResult {
    const shown = roleName({ role: member.role ?? "", roleName: member.roleName ?? "–" });
    if (!member.can.changeRole || !this.roles.length) return html`${shown}`;
    const isBusy = this.isDoing(`role ${member.userId}`);
    return html`<span class="row"><select class="input role" aria-label=${t("team.roleOf", { name })} aria-busy=${isBusy} .value=${member.role ?? ""} @change=${(event: Event) => this.#give(member, event.target as HTMLSelectElement)}>
      ${this.#roleOptions.map((one) => html`<option value=${one.value} ?selected=${one.value === member.role} ?disabled=${one.disabled}>${one.text}</option>`)}
    </select>${isBusy ? html`<span class="spinner"></span>` : nothing}</span>`;
  }

  #waiting(): TemplateResult {
    const { invitations } = this;
    return html`<section class="stack" aria-labelledby="waiting">
      <h3 id="waiting">${t("team.pending")}</h3>
      ${!invitations ? nothing : invitations.length === 0
        ? html`<p class="muted">${t("team.pendingNone")}</p>`
        : html`<div class="card flush" aria-busy=${this.isDoing("invitations")}><ul>${invitations.map((one) => html`<li>${this.#invitation(one)}</li>`)}</ul></div>`}
      ${this.#nextInvitations ? html`<div>${this.busyButton("invitations more", t("action.more"), t("app.loading"), "", "button", () => this.#loadInvitations(true))}</div>` : nothing}
    </section>`;
  }

  #invitation(one: Invitation): TemplateResult {
    const { email, delivery } = one;
    const act = (what: string, text: string, label: string, deed: () => Promise<string | null>): TemplateResult => {
      const click = (): void => void this.attempt(`${what} ${one.id}`, async () => {
        const said = await deed();
        if (said) this.toast(said);
        await this.#loadInvitations();
      });
      return this.deedButton({ what: `${what} ${one.id}`, text, label, click });
    };
    const id = this.about.id;
    const look = { queued: "", sent: "good", failed: "bad" };
    return html`<div class="invitation">
      <span class="envelope">${mail()}</span>
      <div class="grow">
        <div class="name mail">${email} ${delivery ? html`<span class="badge ${look[delivery]}">${t(`team.delivery.${delivery}`)}</span>` : nothing}</div>
        <div class="muted small">${roleName({ role: one.role ?? "", roleName: one.roleName ?? "" })} · ${t("team.until", { date: day(one.expiresAt) })}</div>
      </div>
      <div class="actions end">
        ${act("resend", t("team.resend"), t("team.resendTo", { email }), () => resendInvitation(id, one.id).then(() => t("team.resent", { email })))}
        ${act("link", t("team.copyLink"), t("team.copyLinkOf", { email }), () => this.#copyLink(one))}
        ${act("revoke", t("team.revoke"), t("team.revokeOf", { email }), () => revokeInvitation(id, one.id).then(() => t("team.revoked", { email })))}
      </div>
    </div>`;
  }

  #question({ kind, member }: Asked): TemplateResult {
    const name = personName(member);
    const isRemoval = kind === "remove";
    return html`<annex-dialog heading=${t(isRemoval ? "team.removeTitle" : "team.suspendTitle", { name })} @annex-close=${() => (this.asked = null)}>
      <form class="stack" novalidate @submit=${(event: Event) => event.preventDefault()}>
        <p class="muted">${t(isRemoval ? "team.removeText" : "team.suspendText")}</p>
        ${member.isPrimary ? html`<p class="muted">${t("team.removeHome")}</p>` : nothing} ${this.faultNotice()}
        ${isRemoval ? this.#heirs.field({ label: t("team.reassign"), required: false, error: this.fieldFault("reassignTo") }, t("team.reassignNobody"), (one) => one.userId !== member.userId) : nothing}
      </form>
      <button slot="actions" class="button" type="button" @click=${() => (this.asked = null)}>${t("action.cancel")}</button>
      <span slot="actions">${this.busyButton(`${kind} ${member.userId}`, t(isRemoval ? "team.remove" : "team.suspend"), t(isRemoval ? "team.remove" : "team.suspend"), "danger", "button", () => this.#confirm(kind, member))}</span>
    </annex-dialog>`;
  }

  #ask(asked: Asked): void {
    this.fault = null;
    this.asked = asked;
    if (asked.kind === "remove") this.#heirs.begin(this.about.id);
  }

  /** The link is made whether it can be copied or not: then it is shown. */
  async #copyLink({ id, email }: Invitation): Promise<string | null> {
    const { inviteLink: url } = await linkInvitation(this.about.id, id);
    if (!url) return null;
    if (await copyText(url)) return t("team.linkCopied", { email });
    this.link = { email, url };
    return null;
  }

  readonly #typed = (event: Event): void => {
    const form = event.currentTarget as HTMLFormElement;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#filter = valuesOf(form);
      void this.#load();
    }, TYPING_MS);
  };

  async #give({ userId }: Member, select: HTMLSelectElement): Promise<void> {
    const [wanted] = select.selectedOptions;
    const isDone = await this.attempt(`role ${userId} ${select.value}`, async () => {
      const changed = await changeMember(this.about.id, userId, { role: wanted?.value ?? "" });
      this.#replace(changed);
      this.toast(t("team.changed", { name: personName(changed), role: wanted?.text ?? "" }));
    });
    if (!isDone && !this.isDoing(`role ${userId}`)) select.value = this.members?.find((one) => one.userId === userId)?.role ?? "";
  }

  async #resume(member: Member): Promise<void> {
    await this.attempt(`resume ${member.userId}`, async () => {
      this.#replace(await changeMember(this.about.id, member.userId, { status: "active" }));
      this.toast(t("team.wasResumed", { name: personName(member) }));
    });
  }

  async #confirm(kind: Asked["kind"], member: Member): Promise<void> {
    const form = this.renderRoot.querySelector<HTMLFormElement>("annex-dialog form");
    const heir = form ? valuesOf(form)["reassignTo"] : undefined;
    const isDone = await this.attempt(`${kind} ${member.userId}`, async () => {
      if (kind === "remove") await removeMember(this.about.id, member.userId, heir);
      else await changeMember(this.about.id, member.userId, { status: "suspended" });
    });
    if (!isDone) return;
    if (this.asked?.member === member) this.asked = null;
    this.toast(t(kind === "remove" ? "team.wasRemoved" : "team.wasSuspended", { name: personName(member) }));
    await this.#load();
  }

  #replace(changed: Member): void {
    this.members = (this.members ?? []).map((one) => (one.userId === changed.userId ? changed : one));
  }
}

define("annex-team-section", AnnexTeamSection);
