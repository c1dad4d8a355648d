// <annex-onboarding-page>: the first steps of a workspace. What rows show is done is done; the rest can be skipped.

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { dismissOnboarding, readOnboarding, readWorkspace, sayStep } from "../api.ts";
import { define } from "../part/element.ts";
import { check } from "../part/icons.ts";
import { runtime } from "../runtime.ts";
import type { Onboarding, StepName } from "../shapes.ts";
import { navigation } from "../switcher/switching.ts";
import { t, type Key } from "../words/index.ts";
import { PageElement, bones, pageStyles } from "./page.ts";

type Step = Onboarding["steps"][number];

export class AnnexOnboardingPage extends PageElement {
  static override properties: PropertyDeclarations = { workspace: {}, name: { state: true }, onboarding: { state: true } };

  static override styles = [
    pageStyles,
    css`
      ol {
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.4rem 0.9rem;
        padding: 1rem 1.1rem;
      }
      li + li {
        border-block-start: 1px solid var(--_line);
      }
      li.next {
        background: var(--_accent-soft);
      }
      .mark {
        display: grid;
        place-items: center;
        inline-size: 1.6rem;
        block-size: 1.6rem;
        border-radius: 50%;
        border: 1.5px solid var(--_edge);
        color: var(--_muted);
        font-size: 0.75rem;
        font-weight: 650;
      }
      .completed .mark {
        background: var(--_good-soft);
        border-color: transparent;
        color: var(--_good-text);
      }
      .next .mark {
        border-color: var(--_accent);
        color: var(--_accent-text);
      }
      .skipped h2 {
        color: var(--_muted);
      }
      h2 {
        font-size: 0.9375rem;
      }
      .doing {
        grid-column: 2;
      }
      progress {
        appearance: none;
        inline-size: 100%;
        block-size: 0.4rem;
        border: 0;
        border-radius: 99px;
        background: var(--_line);
        overflow: hidden;
      }
      progress::-webkit-progress-bar {
        background: var(--_line);
      }
      progress::-webkit-progress-value {
        background: var(--_accent);
        border-radius: 99px;
        transition: inline-size 300ms;
      }
      @media (forced-colors: active) {
        li.next {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }
        progress {
          appearance: auto;
        }
      }
      progress::-moz-progress-bar {
        background: var(--_accent);
      }
    `,
  ];

  declare workspace: string;
  declare name: string;
  declare onboarding: Onboarding | null;

  constructor() {
    super();
    this.workspace = "";
    this.name = "";
    this.onboarding = null;
  }

  protected override whenPresent(signal: AbortSignal): void {
    // Back from a step: what was done there is seen.
    document.addEventListener("visibilitychange", () => !document.hidden && void this.#load(), { signal });
    void this.#load();
  }

  async #load(): Promise<void> {
    await this.load("steps", (signal) => Promise.all([readWorkspace(this.workspace, signal), readOnboarding(this.workspace, signal)]), ([about, onboarding]) => {
      this.name = about.name;
      this.onboarding = onboarding;
      document.title = t("onboarding.title", { name: about.name });
    });
  }

  protected override render(): TemplateResult {
    const said = this.onboarding;
    if (!said) return html`<div class="card">${this.fault ? this.faultNotice() : bones(5)}</div>`;
    const done = said.steps.filter((one) => one.status === "completed").length;
    const { name } = this;
    const text = said.isCompleted ? t("onboarding.allText", { name }) : t("onboarding.text");
    return html`<div class="stack loose">
      <div class="tight">
        <h1>${said.isCompleted ? t("onboarding.all") : t("onboarding.title", { name })}</h1>
        <p class="muted">${text}</p>
      </div>
      ${this.faultNotice()}
      <div class="tight">
        <progress max=${said.steps.length} .value=${done} aria-labelledby="progress"></progress>
        <p class="muted small numeric" id="progress">${t("onboarding.progress", { done, all: said.steps.length })}</p>
      </div>
      <div class="card flush"><ol>${said.steps.map((step, at) => this.#step(step, at))}</ol></div>
      <div class="actions end">
        ${said.isCompleted ? nothing : this.deedButton({ what: "dismiss", text: t("onboarding.dismiss"), look: "quiet", click: () => void this.#dismiss() })}
        <button class="button ${said.isCompleted ? "primary" : ""}" type="button" @click=${() => this.#open()}>${t("onboarding.finish", { name })}</button>
      </div>
    </div>`;
  }

  #step({ step, status, seen }: Step, at: number): TemplateResult {
    const isNext = this.onboarding?.currentStep === step;
    const label = t(`onboarding.${step}`);
    return html`<li class="${status} ${isNext ? "next" : ""}" aria-current=${isNext ? "step" : nothing}>
      <span class="mark" aria-hidden="true">${status === "completed" ? check() : at + 1}</span>
      <div class="grow">
        <div class="row wrap">
          <h2>${label}</h2>
          ${status === "completed" ? html`<span class="badge good">${t("onboarding.completed")}</span>` : nothing}
          ${status === "skipped" ? html`<span class="badge">${t("onboarding.skipped")}</span>` : nothing}
        </div>
        ${status === "completed" ? nothing : html`<p class="muted small">${t(`onboarding.${step}.text`)}</p>`}
      </div>
      ${status === "completed" && seen ? nothing : html`<div class="actions doing">${this.#actions(step, status, isNext)}</div>`}
    </li>`;
  }

  #actions(step: StepName, status: Step["status"], isNext: boolean): TemplateResult | typeof nothing {
    const name = t(`onboarding.${step}`);
    const say = (to: "pending" | "skipped", key: Key, label: string): TemplateResult =>
      this.deedButton({ what: `${step} ${to}`, text: t(key), label, click: () => void this.#say(step, to) });
    if (status === "completed") return nothing;
    if (status === "skipped") return say("pending", "onboarding.resume", t("onboarding.resumeOf", { step: name }));
    return html`<a class="button small ${isNext ? "primary" : ""}" href=${this.#way(step)}>${t(`onboarding.${step}.go`)}</a>
      ${say("skipped", "onboarding.skip", t("onboarding.skipOf", { step: name }))}`;
  }

  #way(step: StepName): string {
    const { paths } = runtime().boot;
    const here = `?workspace=${encodeURIComponent(this.workspace)}`;
    if (step === "add_branding") return `${paths.settings}${here}#branding`;
    if (step === "invite_team") return `${paths.settings}${here}#team`;
    return (paths.steps[step] ?? paths.start) + here;
  }

  async #say(step: StepName, status: "pending" | "skipped"): Promise<void> {
    await this.attempt(`${step} ${status}`, async () => {
      this.onboarding = await sayStep(this.workspace, step, status);
    });
  }

  async #dismiss(): Promise<void> {
    const isDone = await this.attempt("dismiss", async () => {
      await dismissOnboarding(this.workspace);
    });
    if (isDone) this.#open();
  }

  #open(): void {
    runtime().choose(this.workspace);
    navigation.go(runtime().boot.paths.start);
  }
}

define("annex-onboarding-page", AnnexOnboardingPage);
