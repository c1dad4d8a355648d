// The dialogs that stop a page, in one module: they are fetched together, before they are needed.

export { showLoss } from "./lost.ts";
import "./question.ts";
