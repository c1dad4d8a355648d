// <annex-admin-page>: the flag for each tenant, the rollout, workspaces without an Admin, and how it goes.

import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { assignAdmin, flipTenant, listFlags, listOrphans, readHealth, readRollout, setFlag, setRollout } from "../api.ts";
import "../part/dialog.ts";
import { define } from "../part/element.ts";
import { selectField, textArea, textField, valuesOf } from "../part/field.ts";
import { day, since } from "../part/format.ts";
import type { AdminWorkspace, Flag, Health, Page, Rollout } from "../shapes.ts";
import { maybe, t } from "../words/index.ts";
import { healthCard } from "./health.ts";
import { PageElement, bones, pageStyles } from "./page.ts";

interface Flip {
  /** Null: everybody. */
  readonly tenant: string | null;
  readonly to: "enable" | "disable";
}

export class AnnexAdminPage extends PageElement {
  static override properties: PropertyDeclarations = {
    flags: { state: true }, rollout: { state: true }, orphans: { state: true }, health: { state: true }, flip: { state: true }, assigning: { state: true },
    locked: { type: Boolean }, turn: { attribute: false },
  };

  static override styles = [
    pageStyles,
    css`
      .halves {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
        gap: 1.5rem;
        align-items: start;
      }
      form {
        display: grid;
        gap: 1rem;
      }
      td:last-child {
        text-align: end;
      }
      .more {
        padding: 0.7rem 0.9rem;
      }
      .add {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        align-items: end;
        padding: 0.9rem;
        border-block-start: 1px solid var(--_line);
        background: var(--_sunken);
      }
      .add .field {
        flex: 1 1 14rem;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: grid;
        gap: 0.5rem;
      }
      .share {
        display: flex;
        gap: 0.75rem;
        align-items: center;
      }
      .share input {
        flex: 1;
        accent-color: var(--_accent);
        min-block-size: 1.5rem;
      }
      .share output {
        min-inline-size: 3.5ch;
        text-align: end;
        font-weight: 600;
      }
      .facts {
        display: flex;
        gap: 2rem;
        margin: 0;
      }
      dt {
        color: var(--_muted);
        font-size: 0.8125rem;
      }
      dd {
        margin: 0;
        font-size: 1.25rem;
        font-weight: 620;
      }
    `,
  ];

  declare flags: readonly Flag[] | null;
  declare rollout: Rollout | null;
  /** Null: not known. */
  declare orphans: readonly AdminWorkspace[] | null;
  declare health: Health | null;
  declare flip: Flip | null;
  declare assigning: AdminWorkspace | null;
  /** Shown, and nothing more: the admin listener's page before it has its token. */
  declare locked: boolean;
  /** Another number asks for everything anew. */
  declare turn: number;
  #share = 0;
  #nextFlags: string | null = null;
  #nextOrphans: string | null = null;

  constructor() {
    super();
    this.flags = null;
    this.rollout = null;
    this.orphans = null;
    this.health = null;
    this.flip = null;
    this.assigning = null;
    this.locked = false;
    this.turn = 0;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("turn")) void this.#load();
  }

  async #load(): Promise<void> {
    void this.load("health", (signal) => readHealth(signal).catch(() => null), (health) => (this.health = health));
    await this.load("rollout", (signal) => Promise.all([listFlags(null, signal), readRollout(signal)]), ([flags, rollout]) => {
      this.#share = rollout.percentage;
      this.rollout = rollout;
      this.#take(flags);
      // Whoever is not let in is told so once.
      void this.#loadOrphans();
    });
  }

  #take({ rows, cursor }: Page<Flag>, more = false): void {
    this.flags = more ? [...(this.flags ?? []), ...rows] : rows;
    this.#nextFlags = cursor;
  }

  async #loadMore(): Promise<void> {
    await this.load("rollout", (signal) => listFlags(this.#nextFlags, signal), (page) => this.#take(page, true), "flags more");
  }

  async #loadOrphans(more = false): Promise<void> {
    const cursor = more ? this.#nextOrphans : null;
    await this.load("orphans", (signal) => listOrphans(cursor, signal), (page) => {
      this.orphans = more ? [...(this.orphans ?? []), ...page.rows] : page.rows;
      this.#nextOrphans = page.cursor;
    }, more ? "orphans more" : "orphans");
  }

  protected override render(): TemplateResult {
    if (!this.flags || !this.rollout) {
      // Without its database a node lists nothing, and says why.
      return html`<div class="stack loose">
        ${this.#title()}
        <div class="card">${this.fault ? this.faultNotice() : bones(5)}</div>
        ${this.fault && this.health ? html`<section class="card stack" aria-labelledby="health">${healthCard(this.health)}</section>` : nothing}
      </div>`;
    }
    return html`<div class="stack loose">
      ${this.#title()}
      ${this.flip || this.assigning ? nothing : this.faultNotice()}
      <section class="stack" aria-labelledby="flags">
        <h2 id="flags">${t("admin.flags")}</h2>
        ${this.#table(this.flags)}
      </section>
      <div class="halves">
        <section class="card stack" aria-labelledby="rollout">${this.#rollout(this.rollout)}</section>
        <div class="stack">
          <section class="card stack" aria-labelledby="orphans">${this.#orphans()}</section>
          <section class="card stack" aria-labelledby="health">${healthCard(this.health)}</section>
        </div>
      </div>
    </div>
    ${this.flip ? this.#question(this.flip) : nothing} ${this.assigning ? this.#assignment(this.assigning) : nothing}`;
  }

  #title(): TemplateResult {
    return html`<div class="tight">
      <h1>${t("admin.title")}</h1>
      <p class="muted">${t("admin.text")}</p>
    </div>`;
  }

  #table(flags: readonly Flag[]): TemplateResult {
    return html`<div class="card flush">
      <div class="scroll" tabindex="0" role="group" aria-labelledby="flags">
        <table>
          <caption class="sr">${t("admin.flags")}</caption>
          <thead>
            <tr>
              <th scope="col">${t("admin.scope")}</th><th scope="col">${t("admin.value")}</th><th scope="col">${t("admin.effective")}</th>
              <th scope="col">${t("admin.source")}</th><th scope="col">${t("admin.changed")}</th><th scope="col"><span class="sr">${t("admin.turnOn")}</span></th>
            </tr>
          </thead>
          <tbody>${flags.map((flag) => this.#flag(flag))}</tbody>
        </table>
      </div>
      ${this.#nextFlags ? html`<div class="more">${this.busyButton("flags more", t("action.more"), t("app.loading"), "", "button", () => this.#loadMore())}</div>` : nothing}
      ${this.locked ? nothing : html`<form class="add" novalidate @submit=${this.#add}>
        ${textField({ name: "tenant", label: t("admin.tenantId"), error: this.fieldFault("tenantId") })}
        <button class="button" type="submit">${t("admin.turnOn")}</button>
      </form>`}
    </div>`;
  }

  #flag(flag: Flag): TemplateResult {
    const tenant = flag.tenantId ?? t("admin.everybody");
    const value = flag.enabled === null ? "unset" : flag.enabled ? "on" : flag.mode === "shadow" ? "shadow" : "off";
    const to = flag.effective ? "disable" : "enable";
    return html`<tr>
      <th scope="row" class=${flag.tenantId ? "mono" : ""}>${tenant}</th>
      <td>${t(`admin.${value}`)}</td>
      <td><span class="badge ${flag.effective ? "good" : ""}">${t(flag.effective ? "admin.on" : "admin.off")}</span></td>
      <td class="muted">${maybe(`admin.source.${flag.source}`, flag.source)}</td>
      <td class="muted small">${flag.updatedAt ? since(flag.updatedAt) : "–"}</td>
      <td>
        ${this.locked ? nothing : html`<button class="button small" type="button" aria-label=${t(to === "enable" ? "admin.turnOnFor" : "admin.turnOffFor", { tenant })} @click=${() => this.#ask({ tenant: flag.tenantId, to })}>
          ${t(to === "enable" ? "admin.turnOn" : "admin.turnOff")}
        </button>`}
      </td>
    </tr>`;
  }

  #rollout(rollout: Rollout): TemplateResult {
    const modes = (["off", "shadow", "enforce"] as const).map((mode) => ({ value: mode, text: t(`admin.mode.${mode}`) }));
    const slide = (event: Event): void => {
      this.#share = Number((event.target as HTMLInputElement).value);
      this.requestUpdate();
    };
    return html`<div class="tight">
        <h2 id="rollout">${t("admin.rollout")}</h2>
        <p class="muted small">${t("admin.rolloutText")}</p>
      </div>
      <form novalidate @submit=${this.#saveRollout}>
        <div class="field">
          <label for="f-share">${t("admin.share")}</label>
          <div class="share"><input id="f-share" name="percentage" type="range" min="0" max="100" ?disabled=${this.locked} .value=${String(this.#share)} @input=${slide} /><output class="numeric" for="f-share">${this.#share} %</output></div>
        </div>
        ${selectField({ name: "mode", label: t("admin.mode"), value: rollout.mode, disabled: this.locked, error: this.fieldFault("mode") }, [...(rollout.mode ? [] : [{ value: "", text: t("admin.mode.unset") }]), ...modes])}
        ${textArea({ name: "deny", label: t("admin.deny"), hint: t("admin.denyHint"), value: rollout.deny.join("\n"), rows: 3, disabled: this.locked, error: this.fieldFault("deny") })}
        ${this.locked ? nothing : html`<div class="actions end">${this.busyButton("rollout", t("action.save"), t("action.saving"))}</div>`}
      </form>`;
  }

  #orphans(): TemplateResult {
    const { orphans } = this;
    const said = orphans === null ? null : t(orphans.length ? "admin.orphansText" : "admin.orphansNone");
    return html`<div class="tight">
        <h2 id="orphans">${t("admin.orphans")}</h2>
        ${said ? html`<p class="muted small">${said}</p>` : this.isDoing("orphans") ? bones(2) : nothing}
      </div>
      ${orphans?.length ? html`<ul>${orphans.map((one) => html`<li class="row wrap">${this.#orphan(one)}</li>`)}</ul>` : nothing}
      ${this.#nextOrphans ? html`<div>${this.busyButton("orphans more", t("action.more"), t("app.loading"), "small", "button", () => this.#loadOrphans(true))}</div>` : nothing}`;
  }

  #orphan(one: AdminWorkspace): TemplateResult {
    const name = one.name ?? one.id;
    return html`<div class="grow"><strong>${name}</strong> ${one.orphanedSince ? html`<span class="muted small">${t("admin.since", { date: day(one.orphanedSince) })}</span>` : nothing}</div>
      ${this.locked ? nothing : html`<button class="button small" type="button" aria-label=${t("admin.assignTo", { name })} @click=${() => (this.assigning = one)}>${t("admin.assign")}</button>`}`;
  }

  #question({ tenant, to }: Flip): TemplateResult {
    const name = tenant ?? t("admin.everybody");
    const isOff = to === "disable";
    return html`<annex-dialog heading=${t(isOff ? "admin.offTitle" : "admin.onTitle", { tenant: name })} @annex-close=${() => (this.flip = null)}>
      <div class="stack"><p class="muted">${t(isOff ? "admin.offText" : "admin.onText")}</p>${this.faultNotice()}</div>
      <button slot="actions" class="button" type="button" @click=${() => (this.flip = null)}>${t("action.cancel")}</button>
      <span slot="actions">${this.busyButton("flip", t(isOff ? "admin.turnOff" : "admin.turnOn"), t("action.saving"), isOff ? "danger" : "primary", "button", () => this.#flip({ tenant, to }))}</span>
    </annex-dialog>`;
  }

  #assignment(workspace: AdminWorkspace): TemplateResult {
    const name = workspace.name ?? workspace.id;
    const assign = (): void => void this.attempt("assign", async () => {
      const user = this.renderRoot.querySelector<HTMLInputElement>("#f-userId")?.value.trim() ?? "";
      await assignAdmin(workspace.id, user);
      this.assigning = null;
      this.toast(t("admin.assigned", { name }));
      this.orphans = (this.orphans ?? []).filter((one) => one !== workspace);
    });
    return html`<annex-dialog heading=${t("admin.assignTo", { name })} @annex-close=${() => (this.assigning = null)}>
      <div class="stack">${this.faultNotice()} ${textField({ name: "userId", label: t("admin.userId"), hint: t("admin.userIdHint"), required: true, error: this.fieldFault("userId") })}</div>
      <button slot="actions" class="button" type="button" @click=${() => (this.assigning = null)}>${t("action.cancel")}</button>
      <span slot="actions">${this.busyButton("assign", t("admin.assign"), t("action.saving"), "primary", "button", assign)}</span>
    </annex-dialog>`;
  }

  #ask(flip: Flip): void {
    this.fault = null;
    this.flip = flip;
  }

  readonly #add = (event: SubmitEvent): void => {
    event.preventDefault();
    const { tenant = "" } = valuesOf(event.currentTarget as HTMLFormElement);
    if (tenant) this.#ask({ tenant, to: "enable" });
  };

  async #flip({ tenant, to }: Flip): Promise<void> {
    const isDone = await this.attempt("flip", async () => {
      if (tenant) await flipTenant(tenant, to);
      else await setFlag({ enabled: to === "enable" });
    });
    if (!isDone) return;
    this.flip = null;
    this.toast(t("admin.flipped", { tenant: tenant ?? t("admin.everybody") }));
    await this.#load();
  }

  readonly #saveRollout = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { mode = "", deny = "" } = valuesOf(event.currentTarget as HTMLFormElement);
    const list = deny.split(/\s+/).filter(Boolean);
    await this.attempt("rollout", async () => {
      this.rollout = await setRollout({ percentage: this.#share, deny: list, ...(mode ? { mode } : {}) });
      this.#share = this.rollout.percentage;
      this.toast(t("action.saved"));
      this.#take(await listFlags());
    });
  };
}

define("annex-admin-page", AnnexAdminPage);
