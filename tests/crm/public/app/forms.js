// Forms from a list of fields. A field is `{name, label, type, required, options, value}`; the types are
// text, email, password, money, number, date, textarea, select, people, lines, items.

import { h, icon } from "./dom.js";

export const field = (name, label, more = {}) => ({ name, label, type: "text", ...more });

/** A form; `submit(values)` may throw, and then its message is shown. */
export function form(fields, { submit, action = "Save", onCancel }) {
  const controls = fields.map((one) => ({ ...one, control: controlFor(one) }));
  const problem = h("p", { class: "form-error", role: "alert", testid: "text-form-error", hidden: true });
  const send = h("button", { class: "button", type: "submit", testid: "button-submit" }, action);
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    problem.hidden = true;
    try {
      await submit(valuesOf(controls));
    } catch (error) {
      const places = (error.errors ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
      problem.replaceChildren([error.message, ...places].join(" — "));
      problem.hidden = false;
    } finally {
      send.disabled = false;
    }
  };
  return h("form", { class: "form", onsubmit },
    controls.map(({ label, control, wide, type }) => h("div", { class: wide || ["textarea", "people", "lines", "items"].includes(type) ? "field field-wide" : "field" },
      h("label", { for: control.labelled ?? null, class: "field-label" }, label), control.element)),
    problem,
    h("div", { class: "form-actions" }, onCancel && h("button", { class: "button button-quiet", type: "button", onclick: onCancel }, "Cancel"), send));
}

/** The form in a modal dialog; resolves nothing, closes when `submit` succeeded. */
export function openForm(title, fields, { submit, action }) {
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  const body = form(fields, { action, onCancel: close, submit: async (values) => { await submit(values); close(); } });
  const dialog = h("dialog", { class: "dialog", testid: "dialog-form", "aria-label": title, onclose: () => dialog.remove() }, h("h2", {}, title), body);
  document.body.append(dialog);
  dialog.showModal();
}

function valuesOf(controls) {
  const values = {};
  for (const { name, control } of controls) {
    const value = control.read();
    if (value !== undefined && value !== "") values[name] = value;
  }
  return values;
}

let serial = 0;

function controlFor(one) {
  const id = `field-${one.name}-${(serial += 1)}`;
  const shared = { id, name: one.name, required: one.required, testid: `input-${one.name}` };
  if (one.type === "people") return peopleControl(one);
  if (one.type === "items") return itemsControl();
  if (one.type === "select") return simple(id, h("select", shared, optionsOf(one)));
  if (one.type === "textarea" || one.type === "lines") {
    const element = h("textarea", { ...shared, rows: 3, value: one.value ?? "", placeholder: one.placeholder });
    const lines = () => element.value.split("\n").map((line) => line.trim()).filter(Boolean);
    return { element, labelled: id, read: one.type === "lines" ? lines : () => element.value.trim() };
  }
  const types = { money: "text", number: "number", date: "date", email: "email", password: "password" };
  const value = one.type === "date" ? (one.value ?? "").slice(0, 10) : one.value ?? "";
  const element = h("input", {
    ...shared, type: types[one.type] ?? "text", value, placeholder: one.placeholder, autocomplete: one.autocomplete,
    ...(one.type === "money" ? { inputmode: "decimal", pattern: "\\d+([.]\\d{1,2})?" } : {}),
  });
  const read = one.type === "number" ? () => (element.value === "" ? undefined : Number(element.value)) : () => element.value.trim();
  return { element, labelled: id, read };
}

const simple = (id, element) => ({ element, labelled: id, read: () => element.value });

const optionsOf = ({ options, value, required }) => [
  ...(required ? [] : [h("option", { value: "" }, "—")]),
  ...options.map(([key, label]) => h("option", { value: key, selected: key === value }, label)),
];

function peopleControl({ name, options }) {
  const boxes = options.map(([id, label]) => {
    const box = h("input", { type: "checkbox", testid: `checkbox-${name}-${id}` });
    return { id, box, element: h("label", { class: "check" }, box, label) };
  });
  return {
    element: h("div", { class: "checks" }, boxes.map(({ element }) => element)),
    read: () => boxes.filter(({ box }) => box.checked).map(({ id }) => id),
  };
}

/** Lines of a quotation or invoice: description, quantity, price, tax. */
function itemsControl() {
  const rows = h("div", { class: "items" });
  const add = () => {
    const cell = (name, more) => h("input", { name, testid: `input-item-${name}`, "aria-label": name, ...more });
    const row = h("div", { class: "item" },
      cell("description", { placeholder: "Description", required: true }), cell("quantity", { value: "1", inputmode: "decimal" }),
      cell("unitPrice", { placeholder: "0.00", required: true, inputmode: "decimal" }), cell("taxRate", { value: "0", inputmode: "decimal" }),
      h("button", { type: "button", class: "link-button", "aria-label": "Remove line", onclick: () => row.remove() }, "×"));
    rows.append(row);
  };
  add();
  const read = () => [...rows.children].map((row) => {
    const [description, quantity, unitPrice, taxRate] = [...row.querySelectorAll("input")].map((input) => input.value.trim());
    return { description, quantity, unitPrice, taxRate, totalPrice: (Number(quantity) * Number(unitPrice)).toFixed(2) };
  });
  const head = h("div", { class: "item item-head" }, ["Description", "Qty", "Unit price", "Tax %", ""].map((text) => h("span", {}, text)));
  return { element: h("div", {}, head, rows, h("button", { type: "button", class: "link-button", testid: "button-add-item", onclick: add }, icon("plus"), "Add line")), read };
}

/** What the lines add up to, as the strings that the server takes. */
export function totals(items) {
  const subtotal = items.reduce((sum, item) => sum + Number(item.totalPrice), 0);
  const tax = items.reduce((sum, item) => sum + (Number(item.totalPrice) * Number(item.taxRate || 0)) / 100, 0);
  return { subtotal: subtotal.toFixed(2), taxAmount: tax.toFixed(2), totalAmount: (subtotal + tax).toFixed(2) };
}
