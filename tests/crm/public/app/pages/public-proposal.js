// A proposal as its receiver sees it: no account, only the link.

import { badge, h } from "../dom.js";
import { call } from "../api.js";
import { date, money } from "../format.js";
import { field, form } from "../forms.js";
import { refresh } from "../router.js";

export async function publicProposalPage({ token }) {
  const path = `/public/proposal/${encodeURIComponent(token)}`;
  const proposal = await call("GET", path);
  document.title = proposal.title;
  const price = (item) => h("tr", {}, h("td", {}, item.name), h("td", { class: "number" }, item.quantity), h("td", { class: "number" }, money(item.totalPrice, proposal.currency)));
  return h("article", { class: "letter", testid: "page-public-proposal" },
    h("header", { class: "letter-head" },
      h("p", {}, proposal.company?.companyName ?? "", " for ", proposal.customer.name),
      h("h1", {}, proposal.title),
      h("p", {}, proposal.proposalNumber, " · valid until ", date(proposal.validUntil), " ", badge(proposal.status))),
    proposal.sections.map((section) => h("section", {}, h("h2", {}, section.title), h("p", {}, section.content ?? ""))),
    h("section", {}, h("h2", {}, "Investment"), h("table", {}, h("tbody", {}, proposal.pricingItems.map(price)),
      h("tfoot", {}, h("tr", {}, h("th", { colspan: 2, scope: "row" }, "Total"), h("td", { class: "number" }, money(proposal.totalAmount, proposal.currency)))))),
    proposal.comments.map((comment) => h("blockquote", {}, comment.content, h("footer", { class: "muted" }, comment.clientEmail ?? "", " · ", date(comment.createdAt)))),
    ["accepted", "rejected"].includes(proposal.status) ? signed(proposal) : answers(path));
}

const signed = ({ status, signatures, acceptedAt, rejectedAt }) => h("section", { class: "card", testid: "text-proposal-answer" },
  h("h2", {}, status === "accepted" ? "Accepted" : "Declined"),
  h("p", { class: "muted" }, signatures.map((one) => one.signerName).join(", "), " ", date(acceptedAt ?? rejectedAt)));

function answers(path) {
  const post = (action) => async (values) => {
    await call("POST", `${path}/${action}`, values);
    refresh();
  };
  return h("div", { class: "halves" },
    h("section", { class: "card" }, h("h2", {}, "Accept"), form([
      field("signerName", "Your name", { required: true }), field("signerEmail", "Your e-mail", { type: "email", required: true }),
    ], { action: "Accept and sign", submit: post("accept") })),
    h("section", { class: "card" }, h("h2", {}, "Ask or decline"),
      form([field("content", "Comment", { type: "textarea", required: true })], { action: "Send comment", submit: post("comment") }),
      h("button", { class: "link-button", type: "button", testid: "button-reject", onclick: () => post("reject")({}) }, "Decline this proposal")));
}
