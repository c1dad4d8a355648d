// What stops a page that lost its workspace: why, and where to go on.
//
// Invariant: when access ended, what the page showed of the workspace is gone before the dialog stands. When only the
// connection is gone, or somebody else signed in, the page stays, so that what was typed can be copied.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { listWorkspaces } from "../api.ts";
import { avatar, avatarStyle } from "../part/avatar.ts";
import "../part/dialog.ts";
import { AnnexElement, define } from "../part/element.ts";
import { schemeBehind } from "../part/scheme.ts";
import { runtime, type Loss } from "../runtime.ts";
import type { Seat } from "../shapes.ts";
import { buttons } from "../style/controls.ts";
import { rows } from "../style/rows.ts";
import { tokens } from "../style/tokens.ts";
import { t } from "../words/index.ts";
import { endsStay, isExpected } from "./giving-up.ts";
import { roleName } from "./role.ts";
import { enter, navigation } from "./switching.ts";

const MOST_OTHERS = 5;
/** `name`: the workspace's, kept from before it was lost. */
export function showLoss(loss: Loss, name: string | null): void {
  if (isExpected(loss) || document.querySelector("annex-lost")) return;
  const element = new AnnexLost();
  element.loss = loss;
  element.name = name;
  element.setAttribute("scheme", schemeBehind(document.body.firstElementChild ?? document.body));
  if (endsStay(loss)) {
    document.body.replaceChildren(element);
    document.title = t(`lost.${loss}`);
  } else {
    document.body.append(element);
  }
}

export class AnnexLost extends AnnexElement {
  static override properties: PropertyDeclarations = { loss: {}, name: {}, others: { state: true }, busy: { state: true } };

  static override styles = [
    tokens,
    buttons,
    avatarStyle,
    rows,
    css`
      p {
        margin: 0;
        color: var(--_muted);
        text-wrap: pretty;
      }
      .heading {
        padding: 1.1rem 0 0.35rem;
      }
      ul {
        margin-inline: -0.6rem;
      }
      .other {
        inline-size: 100%;
        border: 0;
        background: none;
        text-align: start;
        cursor: pointer;
      }
      .other:hover {
        background: var(--_hover);
      }
    `,
  ];

  declare loss: Loss;
  declare name: string | null;
  declare others: readonly Seat[];
  declare busy: string | null;

  constructor() {
    super();
    this.loss = "lost";
    this.name = null;
    this.others = [];
    this.busy = null;
  }

  protected override whenPresent(): void {
    if (endsStay(this.loss)) void this.#look();
  }

  async #look(): Promise<void> {
    const { workspaces } = await listWorkspaces().catch(() => ({ workspaces: [] }));
    const { workspace, home } = runtime();
    const open = workspaces.filter((seat) => seat.can.switch && seat.workspaceId !== workspace && seat.workspaceId !== home);
    this.others = open.toSorted((one, other) => (other.lastAccessedAt ?? "").localeCompare(one.lastAccessedAt ?? "")).slice(0, MOST_OTHERS);
  }

  protected override render(): TemplateResult {
    const isHidden = endsStay(this.loss);
    return html`<annex-dialog heading=${t(`lost.${this.loss}`)} ?fixed=${isHidden} scheme=${this.getAttribute("scheme") ?? nothing} @annex-close=${() => this.remove()}>
      <p>${t(`lost.${this.loss}.text`, { name: this.name ?? t("lost.this") })}</p>
      ${this.others.length ? this.#choices() : nothing}
      ${isHidden ? nothing : html`<button slot="actions" class="button" type="button" @click=${() => this.remove()}>${t("lost.copy")}</button>`}
      ${this.loss === "gone"
        ? html`<button slot="actions" class="button primary" type="button" @click=${() => navigation.reload()}>${t("lost.reload")}</button>`
        : html`<button slot="actions" class="button primary" type="button" @click=${() => navigation.go(runtime().boot.paths.start)}>${t("lost.goHome")}</button>`}
    </annex-dialog>`;
  }

  #choices(): TemplateResult {
    return html`<h3 id="others" class="heading">${t("lost.choose")}</h3>
      <ul aria-labelledby="others">
        ${this.others.map(
          (seat) => html`<li>
            <button class="other entry" type="button" aria-busy=${this.busy === seat.workspaceId} @click=${() => this.#enter(seat)}>
              ${avatar(seat.workspace)}
              <span class="text"><span class="name">${seat.workspace.name}</span><span class="role">${roleName(seat)}</span></span>
              ${this.busy === seat.workspaceId ? html`<span class="spinner"></span>` : nothing}
            </button>
          </li>`,
        )}
      </ul>`;
  }

  async #enter(seat: Seat): Promise<void> {
    this.busy = seat.workspaceId;
    await enter(seat, runtime().boot.paths.start).catch(() => this.#look());
    this.busy = null;
  }
}

define("annex-lost", AnnexLost);
