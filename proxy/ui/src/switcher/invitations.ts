// The invitations that wait for the person, with Accept and Decline. Fires `annex-joined` with the workspace's id.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { acceptInvitation, declineInvitation } from "../api.ts";
import { avatar, avatarStyle } from "../part/avatar.ts";
import { AnnexElement, define } from "../part/element.ts";
import type { Pending } from "../shapes.ts";
import { buttons } from "../style/controls.ts";
import { rows } from "../style/rows.ts";
import { tokens } from "../style/tokens.ts";
import { t } from "../words/index.ts";
import { roleName } from "./role.ts";

export class AnnexInvitations extends AnnexElement {
  static override properties: PropertyDeclarations = {
    pending: { attribute: false },
    busy: { state: true },
    message: { state: true },
  };

  static override styles = [
    tokens,
    buttons,
    avatarStyle,
    rows,
    css`
      section {
        padding: 0.375rem;
        border-block-start: 1px solid var(--_line);
        max-block-size: 14rem;
        overflow-y: auto;
        scrollbar-width: thin;
      }
      li {
        flex-wrap: wrap;
      }
      .entry > .text {
        min-inline-size: 7rem;
        overflow-wrap: anywhere;
      }
      .actions {
        display: flex;
        gap: 0.35rem;
        margin-inline-start: auto;
      }
      p {
        margin: 0;
        padding: 0.2rem 0.6rem 0.4rem;
        font-size: 0.8125rem;
        color: var(--_muted);
      }
      p:empty {
        padding: 0;
      }
    `,
  ];

  declare pending: readonly Pending[];
  declare busy: string | null;
  declare message: string;

  constructor() {
    super();
    this.pending = [];
    this.busy = null;
    this.message = "";
  }

  protected override render(): TemplateResult {
    if (this.pending.length === 0) return html`<p role="status">${this.message}</p>`;
    return html`<section aria-labelledby="heading" part="invitations">
      <h3 id="heading" class="heading">${t("switcher.invitations")}</h3>
      <ul>
        ${this.pending.map((one) => this.#row(one))}
      </ul>
      <p role="status">${this.message}</p>
    </section>`;
  }

  #row(one: Pending): TemplateResult {
    const { name } = one.workspace;
    const role = roleName({ role: one.role ?? "", roleName: one.roleName ?? "" });
    const isBusy = this.busy === one.id;
    return html`<li class="entry">
      ${avatar(one.workspace)}
      <span class="text">
        <span class="name">${name}</span>
        <span class="role">${one.inviterName ? t("switcher.invitedBy", { role, inviter: one.inviterName }) : t("switcher.invitedAs", { role })}</span>
      </span>
      <span class="actions">
        <button class="button quiet small" type="button" aria-label=${t("switcher.declineOf", { name })} @click=${() => this.#answer(one, "decline")}>
          ${t("switcher.decline")}
        </button>
        <button class="button primary small" type="button" aria-busy=${isBusy} aria-label=${t("switcher.acceptOf", { name })} @click=${() => this.#answer(one, "accept")}>
          ${isBusy ? html`<span class="spinner"></span>` : nothing}${t("switcher.accept")}
        </button>
      </span>
    </li>`;
  }

  async #answer(one: Pending, word: "accept" | "decline"): Promise<void> {
    if (this.busy) return;
    this.busy = one.id;
    const { name } = one.workspace;
    try {
      if (word === "accept") await acceptInvitation({ id: one.id });
      else await declineInvitation({ id: one.id });
      this.pending = this.pending.filter((other) => other !== one);
      this.message = t(word === "accept" ? "switcher.joined" : "switcher.declined", { name });
      this.dispatchEvent(new CustomEvent("annex-answered", { detail: word, bubbles: true, composed: true }));
    } catch {
      this.message = t("switcher.failed");
    } finally {
      this.busy = null;
    }
  }
}

define("annex-invitations", AnnexInvitations);
