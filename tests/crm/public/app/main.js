// The application's entry: its routes, and how a view is drawn.

import { h } from "./dom.js";
import { forgetAll, onSessionEnd } from "./api.js";
import { isSignedIn } from "./session.js";
import { navigate, route, start } from "./router.js";
import { shell } from "./shell.js";
import { loginPage, registerPage } from "./pages/sign-in.js";
import { dashboardPage } from "./pages/dashboard.js";
import { customersPage, customerPage } from "./pages/customers.js";
import { contactsPage, dealsPage, productsPage } from "./pages/resources.js";
import { quotationsPage, invoicesPage } from "./pages/sales.js";
import { proposalsPage } from "./pages/proposals.js";
import { publicProposalPage } from "./pages/public-proposal.js";
import { tasksPage, taskPage } from "./pages/tasks.js";
import { teamPage, settingsPage, profilePage } from "./pages/organisation.js";

route("/login", loginPage, { access: "guest" });
route("/register", registerPage, { access: "guest" });
route("/proposal/:token", publicProposalPage, { access: "guest" });
route("/", dashboardPage);
route("/customers", customersPage);
route("/customers/:id", customerPage);
route("/contacts", contactsPage);
route("/deals", dealsPage);
route("/products", productsPage);
route("/quotations", quotationsPage);
route("/invoices", invoicesPage);
route("/proposals", proposalsPage);
route("/tasks", tasksPage);
route("/tasks/:id", taskPage);
route("/team", teamPage);
route("/settings", settingsPage);
route("/profile", profilePage);

const root = document.getElementById("root");
let drawing = 0;

async function draw({ page, access, params, contentOnly }) {
  if (access === "member" && !isSignedIn()) return navigate("/login");
  const mine = (drawing += 1);
  const framed = access === "member" || (access === "anyone" && isSignedIn());
  if (!contentOnly) root.replaceChildren(framed ? shell(h("p", { class: "loading" }, "Loading…")) : h("div", { class: "bare" }));
  const content = await contentOf(page, params);
  // A later navigation may have overtaken this one.
  if (mine === drawing) (root.querySelector("#content") ?? root.firstElementChild).replaceChildren(content);
}

async function contentOf(page, params) {
  try {
    return await page(params);
  } catch (error) {
    return h("section", { class: "empty", testid: "page-error" }, h("h1", {}, "That did not work"), h("p", { class: "muted" }, error.message),
      h("a", { class: "button", href: "/" }, "Back to the dashboard"));
  }
}

onSessionEnd(() => {
  forgetAll();
  navigate("/login");
});
start(draw);
