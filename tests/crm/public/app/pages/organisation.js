// The people, the company, oneself: team, settings, profile.

import { avatar, badge, h } from "../dom.js";
import { call, invalidate, query } from "../api.js";
import { useCurrency } from "../format.js";
import { field, form, openForm } from "../forms.js";
import { addButton, pageHead, table } from "../listing.js";
import { refresh } from "../router.js";
import * as session from "../session.js";

export async function teamPage() {
  document.title = "Team · Nexus CRM";
  const [me, people] = await Promise.all([query("/auth/me"), query("/users")]);
  const add = async () => {
    const roles = await query("/team/roles");
    openForm("New team member", [
      field("firstName", "First name", { required: true }), field("lastName", "Last name", { required: true }),
      field("email", "E-mail", { type: "email", required: true }), field("password", "Password", { type: "password", required: true, autocomplete: "new-password" }),
      field("jobTitle", "Job title"), field("roleId", "Role", { type: "select", options: roles.map((role) => [role.id, role.name]) }),
    ], {
      action: "Add member",
      submit: async (values) => {
        await call("POST", "/team/members", values);
        invalidate("/users", "/team");
        refresh();
      },
    });
  };
  return h("section", { testid: "page-team" },
    pageHead("Team", `${people.length} people`, me.isAdmin && addButton("New member", "button-add-member", add)),
    table({
      name: "member", rows: people,
      columns: [["Name", (row) => h("span", { class: "person" }, avatar(row), `${row.firstName} ${row.lastName}`)], ["E-mail", (row) => row.email],
        ["Job title", (row) => row.jobTitle ?? "—"], ["Type", (row) => badge(row.userType)]],
    }));
}

const notice = () => h("p", { class: "form-notice", role: "status", testid: "text-saved" });

export async function settingsPage() {
  document.title = "Settings · Nexus CRM";
  const me = await query("/auth/me");
  if (!me.isAdmin) return h("section", { class: "empty", testid: "page-forbidden" }, h("h1", {}, "For administrators"), h("p", { class: "muted" }, "Ask an administrator of your company."));
  const [profile, modules] = await Promise.all([query("/company-profile"), query("/tenant/modules")]);
  const saved = notice();
  const company = form([
    field("companyName", "Company name", { required: true, value: profile.companyName }), field("email", "E-mail", { type: "email", value: profile.email }),
    field("phone", "Phone", { value: profile.phone }), field("website", "Website", { value: profile.website }),
    field("city", "City", { value: profile.city }), field("country", "Country", { value: profile.country }),
    field("industry", "Industry", { value: profile.industry }),
    field("currency", "Currency", { type: "select", required: true, value: profile.currency ?? "USD", options: ["USD", "EUR", "GBP", "SEK", "NOK", "JPY"].map((code) => [code, code]) }),
    field("taxId", "Tax number", { value: profile.taxId }), field("invoiceNotes", "Notes on invoices", { type: "textarea", value: profile.invoiceNotes }),
  ], {
    action: "Save company",
    submit: async (values) => {
      const updated = await call("PUT", "/company-profile", values);
      invalidate("/company-profile");
      useCurrency(updated.currency);
      saved.replaceChildren("Saved.");
    },
  });
  const toggle = (row) => h("label", { class: "check" }, h("input", {
    type: "checkbox", checked: row.isEnabled, testid: `switch-module-${row.module.name}`,
    onchange: async (event) => {
      await call("PATCH", `/tenant/modules/${row.id}`, { isEnabled: event.target.checked });
      invalidate("/tenant/modules");
    },
  }), h("span", {}, row.module.displayName));
  return h("section", { testid: "page-settings" }, pageHead("Settings", "Your company and what it uses"),
    h("div", { class: "halves halves-wide-left" }, h("div", { class: "card" }, h("h2", {}, "Company profile"), company, saved),
      h("div", { class: "card" }, h("h2", {}, "Modules"), h("div", { class: "checks stacked" }, modules.map(toggle)))));
}

export async function profilePage() {
  document.title = "Profile · Nexus CRM";
  const me = await query("/auth/me");
  const saved = notice();
  const remember = (changes) => {
    session.rememberUser({ ...session.storedUser(), ...changes });
    invalidate("/auth/me", "/users");
  };
  const details = form([
    field("firstName", "First name", { required: true, value: me.firstName }), field("lastName", "Last name", { required: true, value: me.lastName }),
    field("phone", "Phone", { value: me.phone }), field("jobTitle", "Job title", { value: me.jobTitle }),
  ], {
    submit: async (values) => {
      const { firstName, lastName } = await call("PATCH", "/users/profile", values);
      remember({ firstName, lastName });
      saved.replaceChildren("Saved.");
    },
  });
  const picture = h("input", {
    type: "file", accept: "image/*", testid: "input-picture", "aria-label": "Profile picture",
    onchange: async () => {
      const { profileImageUrl } = await call("POST", "/users/profile/upload-image", picture.files[0]);
      remember({ profileImageUrl });
      refresh();
    },
  });
  return h("section", { testid: "page-profile" }, pageHead("Profile", me.email),
    h("div", { class: "halves halves-wide-left" }, h("div", { class: "card" }, h("h2", {}, "About you"), details, saved),
      h("div", { class: "card" }, h("h2", {}, "Picture"), h("div", { class: "picture" }, avatar(me), picture))));
}
