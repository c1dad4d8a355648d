// The writing assistant without a model behind it: it drafts from what the caller gave.
// Promises: same input, same draft; nothing of any tenant is read.
"use strict";

const { missing } = require("../errors");

const OPENINGS = {
  formal: "We are writing with regard to",
  friendly: "We wanted to get in touch about",
  persuasive: "Here is what you gain from",
};

const sentence = (text) => text.trim().replace(/^\w/, (letter) => letter.toUpperCase()).replace(/[^.!?]$/, "$&.");

function draftEmail({ body }) {
  const { prompt, tone = "formal", context } = body ?? {};
  if (typeof prompt !== "string" || prompt.trim() === "") throw missing("prompt");
  const opening = OPENINGS[tone] ?? OPENINGS.formal;
  const paragraphs = [`${opening} ${prompt.trim()}.`, typeof context === "string" ? sentence(context) : "Please tell us what suits you best."];
  return { subject: sentence(prompt).slice(0, 80), content: paragraphs.join("\n\n"), tone };
}

function draftProposal({ body }) {
  const { sectionType = "introduction", prompt, content } = body ?? {};
  const source = prompt ?? content;
  if (typeof source !== "string" || source.trim() === "") throw missing("prompt");
  const heading = sentence(String(sectionType).replaceAll("_", " ")).replace(/\.$/, "");
  return { sectionType, content: `${heading}\n\n${sentence(source)}`, wordCount: source.trim().split(/\s+/).length };
}

module.exports = { draftEmail, draftProposal };
