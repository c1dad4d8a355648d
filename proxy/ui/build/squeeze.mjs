// Takes the white space out of the templates in a module: it is most of what a minifier leaves.
//
// Invariant: a run of white space becomes one space at most in HTML, so that what is rendered is the same.

import ts from "typescript";

/** A plugin of Vite. */
export const squeezeTemplates = {
  name: "squeeze-templates",
  enforce: "pre",
  transform(code, id) {
    if (!id.includes("/src/") || !id.endsWith(".ts")) return null;
    return { code: squeeze(code), map: null };
  },
};

export function squeeze(code) {
  const source = ts.createSourceFile("module.ts", code, ts.ScriptTarget.Latest, true);
  const edits = [];
  const visit = (node) => {
    if (ts.isTaggedTemplateExpression(node)) {
      const shorten = { html, svg: html, css }[node.tag.getText()];
      if (shorten) for (const part of parts(node.template)) edits.push([part.getStart(), part.getEnd(), shorten]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // From the end, so that earlier places stay where they are.
  for (const [start, end, shorten] of edits.toSorted((one, other) => other[0] - one[0])) {
    code = code.slice(0, start) + shorten(code.slice(start, end)) + code.slice(end);
  }
  return code;
}

function parts(template) {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return [template];
  return [template.head, ...template.templateSpans.map((span) => span.literal)];
}

const html = (text) => text.replace(/\s*\n\s*/g, " ").replace(/^([`}]) (?=<)/, "$1").replace(/> `$/, ">`").replace(/ >/g, ">");
const css = (text) =>
  text.replace(/\/\*[^]*?\*\//g, "").replace(/\s*\n\s*/g, " ").replace(/ ?([{};,]) ?/g, "$1").replace(/: /g, ":").replace(/;}/g, "}");
