// What the compiler cannot see: text never becomes HTML, nothing is asked of other origins, no promise is left alone.
import eslint from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import a11y from "eslint-plugin-lit-a11y";
import typescript from "typescript-eslint";

const STRING_HTML = "text never becomes HTML (Trusted Types): render with a template, or set textContent";

export default typescript.config(
  { ignores: ["dist/", "node_modules/"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...typescript.configs.strictTypeChecked, ...typescript.configs.stylisticTypeChecked, lit["flat/recommended"]],
    plugins: { "lit-a11y": a11y },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "lit-a11y/alt-text": "error",
      "lit-a11y/aria-attrs": "error",
      "lit-a11y/aria-attr-valid-value": "error",
      "lit-a11y/aria-role": "error",
      "lit-a11y/click-events-have-key-events": "off", // keys are heard by the list, not by each row
      "lit-a11y/no-autofocus": "error",
      "lit-a11y/tabindex-no-positive": "error",
      "lit/no-legacy-template-syntax": "error",
      "lit/no-value-attribute": "error",
      "max-lines": ["error", 500],
      "max-lines-per-function": ["error", { max: 70, skipComments: true }],
      "no-restricted-imports": ["error", { patterns: [{ group: ["lit/directives/unsafe-*"], message: STRING_HTML }] }],
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML"].map((property) => ({ property, message: STRING_HTML })),
        { object: "document", property: "write", message: STRING_HTML },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "CallExpression[callee.property.name='insertAdjacentHTML']", message: STRING_HTML },
        { selector: "CallExpression[callee.name='eval'], NewExpression[callee.name='Function']", message: "no code from text" },
        { selector: "Literal[value=/^https?:/]", message: "nothing is asked of other origins" },
      ],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/unbound-method": "off", // event listeners of templates: Lit binds them to the element
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
    },
  },
  // Tests know what they put into the page.
  { files: ["test/**/*.ts", "dev/**/*.ts"], rules: { "@typescript-eslint/no-non-null-assertion": "off", "max-lines-per-function": "off", "no-restricted-syntax": "off", "@typescript-eslint/no-unused-expressions": "off", "@typescript-eslint/no-unnecessary-type-parameters": "off" } },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: Object.fromEntries(["process", "console", "setTimeout", "URL", "Buffer", "document", "localStorage", "fetch"].map((name) => [name, "readonly"])) } },
);
