// Sign-in and registration.

import { h } from "../dom.js";
import { call, forgetAll } from "../api.js";
import { field, form } from "../forms.js";
import * as session from "../session.js";
import { navigate } from "../router.js";

const enter = async (path, values) => {
  const answer = await call("POST", path, values);
  forgetAll();
  session.open(answer);
  navigate("/");
};

function door(title, subtitle, content, footer) {
  document.title = `${title} · Nexus CRM`;
  return h("div", { class: "door" },
    h("section", { class: "door-pitch", "aria-hidden": "true" },
      h("span", { class: "brand-mark brand-mark-large" }, "N"),
      h("p", { class: "door-claim" }, "Every client, every deal, one calm place."),
      h("p", { class: "door-sub" }, "Customers, quotations, invoices, proposals and tasks for agencies.")),
    h("section", { class: "door-form", testid: "page-sign-in" }, h("h1", {}, title), h("p", { class: "muted" }, subtitle), content, footer));
}

export const loginPage = () => door("Welcome back", "Sign in to your Nexus account.",
  form([
    field("email", "E-mail", { type: "email", required: true, wide: true, autocomplete: "username" }),
    field("password", "Password", { type: "password", required: true, wide: true, autocomplete: "current-password" }),
  ], { action: "Sign in", submit: (values) => enter("/auth/login", values) }),
  h("p", { class: "muted" }, "New here? ", h("a", { href: "/register", testid: "link-register" }, "Create an account")));

export const registerPage = () => door("Create your account", "One agency, up and running in a minute.",
  form([
    field("firstName", "First name", { required: true, autocomplete: "given-name" }),
    field("lastName", "Last name", { required: true, autocomplete: "family-name" }),
    field("companyName", "Company", { required: true, wide: true, autocomplete: "organization" }),
    field("email", "E-mail", { type: "email", required: true, wide: true, autocomplete: "username" }),
    field("password", "Password", { type: "password", required: true, wide: true, autocomplete: "new-password" }),
  ], { action: "Create account", submit: (values) => enter("/auth/register", values) }),
  h("p", { class: "muted" }, "Already with us? ", h("a", { href: "/login", testid: "link-login" }, "Sign in")));
