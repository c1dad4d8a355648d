// How Annex is, on the administrators' page: its parts, what it decided, and why it refused.

import { html, nothing, type TemplateResult } from "lit";
import type { Health } from "../shapes.ts";
import { maybe, spokenLanguage, t } from "../words/index.ts";

const LOOK = { ok: "good", degraded: "warn", down: "bad" } as const;

export function healthCard(health: Health | null): TemplateResult {
  if (!health) return html`<h2 id="health">${t("admin.health")}</h2><p class="muted small">${t("admin.healthNone")}</p>`;
  const { decisions, denials, node, parts, snapshot, version } = health;
  return html`<div class="row">
      <h2 id="health" class="grow">${t("admin.health")}</h2>
      ${badge(health.status)}
    </div>
    ${parts?.length ? html`<ul>${parts.map((part) => html`<li class="row"><span class="grow">${maybe(`admin.part.${part.name}`, part.name)} ${wrong(part)}</span>${badge(part.status)}</li>`)}</ul>` : nothing}
    ${snapshot ? html`<dl class="facts small numeric">
      <div><dt>${t("admin.lag")}</dt><dd>${snapshot.ageMs === null ? t("admin.lagNever") : t("admin.lagAgo", { n: snapshot.ageMs })}</dd></div>
      ${node ? html`<div><dt>${t("admin.node")}</dt><dd>${node}</dd></div>` : nothing}
      ${version ? html`<div><dt>${t("admin.version")}</dt><dd>${version}</dd></div>` : nothing}
    </dl>` : nothing}
    ${decisions ? html`<dl class="facts numeric" aria-label=${t("admin.decisions")}>
      <div><dt>${t("admin.allowed")}</dt><dd>${decisions.allowed.toLocaleString(spokenLanguage())}</dd></div>
      <div><dt>${t("admin.denied")}</dt><dd>${decisions.denied.toLocaleString(spokenLanguage())}</dd></div>
    </dl>` : nothing}
    ${denials?.length ? html`<div class="tight">
      <h3>${t("admin.denials")}</h3>
      <ul>${denials.map((one) => html`<li class="row small"><span class="grow">${maybe(`admin.reason.${one.reason}`, maybe(`error.${one.reason}`, one.reason))}</span><span class="muted numeric">${t("admin.times", { n: one.count })}</span></li>`)}</ul>
    </div>` : nothing}`;
}

/** By its code; a later server may know more, and says it in its own words. */
function wrong({ code, message = "" }: NonNullable<Health["parts"]>[number]): TemplateResult | typeof nothing {
  const said = code ? maybe(`admin.wrong.${code}`, message) : message;
  return said ? html`<span class="muted small">${said}</span>` : nothing;
}

function badge(status: Health["status"]): TemplateResult {
  return html`<span class="badge ${LOOK[status]}">${t(`admin.health.${status}`)}</span>`;
}
