// <annex-danger-section>: ownership and deletion.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { answerOffer, deleteWorkspace, offerOwnership, readMember, readTransfer, readWorkspace, summarize } from "../../api.ts";
import "../../part/dialog.ts";
import { define } from "../../part/element.ts";
import { textField, valuesOf } from "../../part/field.ts";
import { day, personName } from "../../part/format.ts";
import { runtime } from "../../runtime.ts";
import type { About, Member, Tally, Transfer } from "../../shapes.ts";
import { giveUp } from "../../switcher/giving-up.ts";
import { t } from "../../words/index.ts";
import { PageElement, pageStyles } from "../page.ts";
import { People } from "../people.ts";

const RESTORE_DAYS = 30;
const DAY_MS = 86_400_000;

export class AnnexDangerSection extends PageElement {
  static override properties: PropertyDeclarations = {
    about: { attribute: false }, transfer: { state: true }, tally: { state: true }, isAsking: { state: true },
  };

  static override styles = [
    pageStyles,
    css`
      form {
        display: grid;
        gap: 1rem;
      }
      ul {
        margin: 0;
        padding-inline-start: 1.2rem;
        display: grid;
        gap: 0.3rem;
      }
      .offer {
        display: flex;
        flex-wrap: wrap;
        gap: 0.75rem;
        align-items: end;
      }
      .offer > .stack {
        flex: 1 1 14rem;
      }
    `,
  ];

  declare about: About;
  declare transfer: Transfer | null;
  /** Null: not known. */
  declare tally: Tally | null;
  declare isAsking: boolean;
  /** To whom it is offered, if we may know. */
  #heir: Member | null = null;
  readonly #people = new People(this, "userId");

  constructor() {
    super();
    this.transfer = null;
    this.tally = null;
    this.isAsking = false;
  }

  protected override whenPresent(): void {
    const { id } = this.about;
    if (this.about.can.transferOwnership) this.#people.begin(id);
    void this.load("transfer", async (signal) => {
      const transfer = await readTransfer(id, signal);
      const heir = transfer && (await readMember(id, transfer.toUserId, signal).catch(() => null));
      return { transfer, heir };
    }, ({ transfer, heir }) => {
      this.transfer = transfer;
      this.#heir = heir;
    });
    void this.load("tally", (signal) => summarize(signal).catch(() => null), (summary) => {
      this.tally = summary?.workspaces.find((one) => one.workspaceId === id) ?? null;
    });
  }

  protected override render(): TemplateResult {
    return html`<div class="stack">
      ${this.isAsking ? nothing : this.faultNotice()}
      <div class="card stack">
        <div class="tight">
          <h3>${t("danger.transfer")}</h3>
          <p class="muted">${t(this.about.ownerUserId ? "danger.transferText" : "danger.transferNobody")}</p>
        </div>
        ${this.#ownership()}
      </div>
      <div class="card danger stack">
        <div class="tight">
          <h3>${t("danger.delete")}</h3>
          <p class="muted">${t("danger.deleteText")}</p>
        </div>
        ${this.about.can.delete
          ? html`<div><button class="button danger" type="button" @click=${() => this.#ask(true)}>${t("danger.delete")}</button></div>`
          : html`<p class="small muted">${t("danger.deleteOnly")}</p>`}
      </div>
    </div>
    ${this.isAsking ? this.#dialog() : nothing}`;
  }

  #name(userId: string): string {
    const member = [...(this.#heir ? [this.#heir] : []), ...this.#people.rows].find((one) => one.userId === userId);
    return member ? personName(member) : userId;
  }

  #ownership(): TemplateResult {
    const { transfer } = this;
    if (transfer?.status === "pending" && transfer.toUserId === runtime().principal) {
      return html`<p>${t("danger.transferYours")}</p>
        <div class="actions">
          ${this.busyButton("decline", t("danger.transferDecline"), t("danger.transferDecline"), "", "button", () => this.#answer("decline"))}
          ${this.busyButton("accept", t("danger.transferAccept"), t("danger.transferAccept"), "primary", "button", () => this.#answer("accept"))}
        </div>`;
    }
    if (transfer?.status === "pending") {
      return html`<p>${t("danger.transferWaiting", { name: this.#name(transfer.toUserId), date: day(transfer.expiresAt) })}</p>
        <div>${this.busyButton("cancel", t("danger.transferCancel"), t("danger.transferCancel"), "", "button", () => this.#answer("cancel"))}</div>`;
    }
    if (!this.about.can.transferOwnership) return html`<p class="small muted">${t("danger.transferOnly")}</p>`;
    return html`<form class="offer" novalidate @submit=${this.#offer}>
      ${this.#people.field({ label: t("danger.transferTo"), error: this.fieldFault("userId") }, t("danger.transferPick"), (one) => !one.isOwner)}
      ${this.busyButton("offer", t("danger.transferOffer"), t("danger.transferOffer"), "")}
    </form>`;
  }

  #dialog(): TemplateResult {
    const { name } = this.about;
    const { members, pendingInvitations } = this.tally ?? { members: null, pendingInvitations: null };
    const until = day(new Date(Date.now() + RESTORE_DAYS * DAY_MS));
    return html`<annex-dialog heading=${t("danger.deleteTitle", { name })} @annex-close=${() => this.#ask(false)}>
      <form id="delete" novalidate @submit=${this.#delete}>
        ${this.faultNotice()}
        <div class="tight">
          <h3>${t("danger.effect")}</h3>
          <ul class="muted">
            <li>${members === null ? t("danger.effect.everybody") : t("danger.effect.members", { n: members })}</li>
            ${pendingInvitations ? html`<li>${t("danger.effect.invitations", { n: pendingInvitations })}</li>` : nothing}
            <li>${t("danger.effect.others")}</li>
            <li>${t("danger.effect.restore", { date: until })}</li>
          </ul>
        </div>
        ${textField({ name: "confirmName", label: t("danger.confirm", { name }), required: true, error: this.fieldFault("confirmName") })}
        ${textField({ name: "reason", label: t("danger.reason"), hint: t("danger.reasonHint"), required: false, maxlength: 200, error: this.fieldFault("reason") })}
      </form>
      <button slot="actions" class="button" type="button" @click=${() => this.#ask(false)}>${t("action.cancel")}</button>
      <span slot="actions">
        ${this.deedButton({ what: "delete", text: t("danger.deleteConfirm"), busy: t("danger.deleting"), look: "danger", type: "submit", form: "delete" })}
      </span>
    </annex-dialog>`;
  }

  #ask(isAsking: boolean): void {
    this.fault = null;
    this.isAsking = isAsking;
  }

  readonly #offer = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { userId = "" } = valuesOf(event.currentTarget as HTMLFormElement);
    if (!userId) return;
    await this.attempt("offer", async () => {
      this.transfer = await offerOwnership(this.about.id, userId);
      this.toast(t("danger.transferOffered", { name: this.#name(userId) }));
    });
  };

  async #answer(word: "accept" | "decline" | "cancel"): Promise<void> {
    await this.attempt(word, async () => {
      if (!this.transfer) return;
      await answerOffer(this.about.id, this.transfer.id, word);
      this.transfer = null;
      this.toast(t("danger.transferAnswered"));
      // Who accepted owns it now, and may do more.
      if (word === "accept") await this.#own();
    });
  }

  async #own(): Promise<void> {
    const about = await readWorkspace(this.about.id).catch(() => null);
    if (!about) return;
    this.say("annex-about", about);
    if (about.can.transferOwnership) this.#people.begin(about.id);
  }

  readonly #delete = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { confirmName = "", reason } = valuesOf(event.currentTarget as HTMLFormElement);
    await this.attempt("delete", () => giveUp(() => deleteWorkspace(this.about.id, confirmName, reason)));
  };
}

define("annex-danger-section", AnnexDangerSection);
