// Fields: a label, a native control, a hint and an error, tied together for those who do not see them.
//
// Values are read from the form when it is sent; a control is not written to while somebody types in it.

import { html, nothing, type TemplateResult } from "lit";
import { ifDefined } from "lit/directives/if-defined.js";
import { t } from "../words/index.ts";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string | null;
  readonly hint?: string;
  readonly error?: string | null;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly maxlength?: number;
  readonly type?: string;
  readonly autocomplete?: string;
  readonly wide?: boolean;
  readonly rows?: number;
  readonly placeholder?: string;
}

export interface Option {
  readonly value: string;
  readonly text: string;
  readonly disabled?: boolean;
}

type Attributes = Readonly<Record<"id" | "describedBy" | "invalid", string | undefined>>;

function around(field: Field, control: (attributes: Attributes) => TemplateResult): TemplateResult {
  const { name, label, hint, error, required, disabled } = field;
  const id = `f-${name}`;
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ") || undefined;
  return html`<div class="field ${field.wide ? "wide" : ""}">
    <label for=${id}>${label}${required === false && !disabled ? html` <span class="optional">(${t("field.optional")})</span>` : nothing}</label>
    ${control({ id, describedBy: described, invalid: error ? "true" : undefined })}
    ${error ? html`<p class="error" id="${id}-error">${error}</p>` : nothing}
    ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
  </div>`;
}

export function textField(field: Field): TemplateResult {
  return around(field, ({ id, describedBy, invalid }) => html`<input
    class="input"
    id=${ifDefined(id)}
    name=${field.name}
    type=${field.type ?? "text"}
    .value=${field.value ?? ""}
    maxlength=${ifDefined(field.maxlength)}
    autocomplete=${field.autocomplete ?? "off"}
    placeholder=${ifDefined(field.placeholder)}
    aria-describedby=${ifDefined(describedBy)}
    aria-invalid=${ifDefined(invalid)}
    aria-required=${field.required ? "true" : nothing}
    ?disabled=${field.disabled}
  />`);
}

export function textArea(field: Field): TemplateResult {
  return around(field, ({ id, describedBy, invalid }) => html`<textarea
    class="input"
    id=${ifDefined(id)}
    name=${field.name}
    rows=${field.rows ?? 3}
    .value=${field.value ?? ""}
    maxlength=${ifDefined(field.maxlength)}
    placeholder=${ifDefined(field.placeholder)}
    aria-describedby=${ifDefined(describedBy)}
    aria-invalid=${ifDefined(invalid)}
    spellcheck="false"
    ?disabled=${field.disabled}
  ></textarea>`);
}

export function selectField(field: Field, options: readonly Option[]): TemplateResult {
  const chosen = field.value ?? "";
  return around(field, ({ id, describedBy, invalid }) => html`<select
    class="input"
    id=${ifDefined(id)}
    name=${field.name}
    aria-describedby=${ifDefined(describedBy)}
    aria-invalid=${ifDefined(invalid)}
    ?disabled=${field.disabled}
  >
    ${options.map((one) => html`<option value=${one.value} ?selected=${one.value === chosen} ?disabled=${one.disabled}>${one.text}</option>`)}
  </select>`);
}

/** What a form holds, without white space around it, and with the line ends that a field shows. */
export function valuesOf(form: HTMLFormElement): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string") values[name] = value.trim().replaceAll("\r\n", "\n");
  return values;
}
