// <annex-accept-page>: an invitation, by the secret in the fragment of its link.
//
// Invariant: the secret is in no address that a server sees, and is forgotten once it was answered.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { Refused, acceptInvitation, declineInvitation, previewInvitation } from "../api.ts";
import { avatar } from "../part/avatar.ts";
import { define } from "../part/element.ts";
import { day } from "../part/format.ts";
import { runtime } from "../runtime.ts";
import type { Preview } from "../shapes.ts";
import { roleName } from "../switcher/role.ts";
import { navigation } from "../switcher/switching.ts";
import { t, type Key } from "../words/index.ts";
import { PageElement, bones, pageStyles } from "./page.ts";
import { signOut } from "./sign-out.ts";

type State = "loading" | "open" | "missing" | "expired" | "wrong" | "member" | "done" | "declined";

/** Survives the way to the sign-in page and back, in this tab. */
const KEPT = "annex.invite";

export class AnnexAcceptPage extends PageElement {
  static override properties: PropertyDeclarations = { state: { state: true }, preview: { state: true }, isSignedIn: { state: true } };

  static override styles = [
    pageStyles,
    css`
      .card {
        display: grid;
        gap: 1.25rem;
        padding: clamp(1.25rem, 5vw, 2rem);
        text-align: center;
        justify-items: center;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.5rem 1.5rem;
        margin: 0;
        padding: 0.9rem 1.1rem;
        border-radius: var(--_radius);
        background: var(--_sunken);
        inline-size: 100%;
        text-align: start;
      }
      dt {
        color: var(--_muted);
      }
      dd {
        margin: 0;
        font-weight: 500;
        text-align: end;
        overflow-wrap: anywhere;
      }
      .actions {
        justify-content: center;
      }
      .fault {
        text-align: start;
      }
    `,
  ];

  declare state: State;
  declare preview: Preview | null;
  declare isSignedIn: boolean;
  #token = "";
  #joined: string | null = null;

  constructor() {
    super();
    this.state = "loading";
    this.preview = null;
    this.isSignedIn = runtime().principal !== null;
  }

  protected override whenPresent(signal: AbortSignal): void {
    const { accessToken } = runtime().boot.credential;
    // Signed in, or out, in another tab: this page goes on by itself.
    const isAnswered = (): boolean => this.state === "done" || this.state === "declined";
    addEventListener("storage", ({ key }) => key === accessToken && !isAnswered() && navigation.reload(), { signal });
    addEventListener("hashchange", () => navigation.reload(), { signal });
    this.#token = decodeURIComponent(location.hash.slice(1)) || (sessionStorage.getItem(KEPT) ?? "");
    sessionStorage.setItem(KEPT, this.#token);
    void this.#look();
  }

  async #look(what = "look"): Promise<void> {
    if (!this.#token) {
      this.state = "missing";
      return;
    }
    await this.attempt(what, async () => {
      this.preview = await previewInvitation(this.#token);
      this.state = "open";
    });
    if (this.fault) this.#judge(this.fault);
  }

  #judge({ code }: Refused): void {
    const states: Partial<Record<string, State>> = {
      INVITATION_NOT_FOUND: "missing",
      VALIDATION_FAILED: "missing",
      INVITATION_EXPIRED: "expired",
      INVITATION_EMAIL_MISMATCH: "wrong",
      ALREADY_MEMBER: "member",
    };
    const state = states[code];
    if (code === "UNAUTHENTICATED") this.isSignedIn = false;
    if (!state) return;
    this.state = state;
    this.fault = null;
    if (state !== "wrong") sessionStorage.removeItem(KEPT);
  }

  protected override render(): TemplateResult {
    return html`<div class="card">${this.faultNotice()} ${this.#content()}</div>`;
  }

  #content(): TemplateResult {
    const name = this.preview?.workspace.name ?? "";
    switch (this.state) {
      case "loading":
        return this.fault || this.isDoing("look again") ? this.deedButton({ what: "look again", text: t("app.retry"), look: "", click: () => void this.#look("look again") }) : bones(3);
      case "open":
        return this.preview ? this.#offer(this.preview) : bones(3);
      case "missing":
        return this.#end("accept.missing", "accept.missingText");
      case "expired":
        return this.#end("accept.expired", "accept.expiredText");
      case "declined":
        return this.#end("accept.declined", "accept.declinedText");
      case "member":
        return this.#end("accept.member", "accept.memberText", name);
      case "done":
        return this.#end("accept.done", "accept.doneText", name);
      case "wrong":
        return this.#wrong();
    }
  }

  #offer(preview: Preview): TemplateResult {
    const { workspace, inviterName, email, expiresAt, role } = preview;
    const { name } = workspace;
    return html`${avatar(workspace, "large")}
      <div class="tight">
        <h1>${t("accept.title", { name })}</h1>
        <p class="muted">${inviterName ? t("accept.text", { inviter: inviterName, name }) : t("accept.textNobody", { name })}</p>
      </div>
      <dl>
        <dt>${t("accept.role")}</dt>
        <dd>${roleName({ role: role ?? "", roleName: preview.roleName ?? "" })}</dd>
        <dt>${t("accept.for")}</dt>
        <dd>${email}</dd>
        <dt>${t("accept.until")}</dt>
        <dd>${day(expiresAt)}</dd>
      </dl>
      ${this.isSignedIn ? this.#answers() : this.#ways()}`;
  }

  #answers(): TemplateResult {
    const email = ownAddress();
    return html`<div class="actions">
        ${this.busyButton("decline", t("accept.decline"), t("accept.decline"), "", "button", () => this.#decline())}
        ${this.busyButton("accept", t("accept.accept"), t("accept.busy"), "primary", "button", () => this.#accept())}
      </div>
      ${email ? html`<p class="muted small">${t("accept.as", { email })}</p>` : nothing}`;
  }

  #ways(): TemplateResult {
    const { paths } = runtime().boot;
    const link = (href: string, look: string, key: Key): TemplateResult =>
      html`<a class="button ${look}" href=${href} target="_blank" rel="noopener">${t(key)}<span class="sr"> (${t("accept.newTab")})</span></a>`;
    return html`<div class="actions">${link(paths.login, "", "accept.signIn")} ${link(paths.register, "primary", "accept.register")}</div>
      <p class="muted small">${t("accept.signInText")}</p>`;
  }

  #wrong(): TemplateResult {
    const email = ownAddress() ?? t("accept.wrongUnknown");
    const invited = this.preview?.email ?? t("accept.wrongUnknown");
    return html`<div class="tight">
        <h1>${t("accept.wrong")}</h1>
        <p class="muted">${t("accept.wrongText", { invited, email })}</p>
      </div>
      <div class="actions">
        <a class="button" href=${runtime().boot.paths.start}>${t("accept.home")}</a>
        ${this.busyButton("sign out", t("accept.signOut"), t("accept.signOut"), "primary", "button", () => this.#signOut())}
      </div>`;
  }

  #end(heading: Key, text: Key, name = ""): TemplateResult {
    const isIn = this.state === "done" || this.state === "member";
    return html`${isIn && this.preview ? avatar(this.preview.workspace, "large") : nothing}
      <div class="tight" role="status">
        <h1>${t(heading, { name })}</h1>
        <p class="muted">${t(text)}</p>
      </div>
      ${isIn
        ? html`<button class="button primary" type="button" @click=${() => this.#open()}>${t("accept.open", { name })}</button>`
        : html`<a class="button" href=${runtime().boot.paths.start}>${t("accept.home")}</a>`}`;
  }

  async #accept(): Promise<void> {
    const isDone = await this.attempt("accept", async () => {
      this.#joined = (await acceptInvitation({ token: this.#token })).workspaceId;
      this.state = "done";
      sessionStorage.removeItem(KEPT);
      history.replaceState(null, "", location.pathname);
    });
    if (!isDone && this.fault) this.#judge(this.fault);
  }

  async #decline(): Promise<void> {
    const isDone = await this.attempt("decline", async () => {
      await declineInvitation({ token: this.#token });
      this.state = "declined";
      sessionStorage.removeItem(KEPT);
      history.replaceState(null, "", location.pathname);
    });
    if (!isDone && this.fault) this.#judge(this.fault);
  }

  async #signOut(): Promise<void> {
    await this.attempt("sign out", async () => {
      await signOut();
      this.isSignedIn = false;
      this.state = this.preview ? "open" : "loading";
    });
    if (!this.preview) await this.#look();
  }

  #open(): void {
    const id = this.#joined ?? this.preview?.workspace.id;
    if (id) runtime().choose(id);
    navigation.go(runtime().boot.paths.start);
  }
}

/** The address that the CRM remembers of whoever is signed in. To be shown, not believed. */
function ownAddress(): string | null {
  try {
    const { user } = runtime().boot.credential;
    const said = JSON.parse((user && localStorage.getItem(user)) ?? "null") as { email?: unknown } | null;
    return typeof said?.email === "string" ? said.email : null;
  } catch {
    return null;
  }
}

define("annex-accept-page", AnnexAcceptPage);
