// A tab of a person's browser, and all that it said and asked.
//
// Promise: whatever the page complains of (an error in the console, a violation of its policy, a refused request, a word to
// another origin) fails the test that opened it, unless the test said before that it expects just that.

import { until } from "../house/until.js";
import { browser } from "./browser.js";

/** Far above what any step takes on a busy machine. */
const DEADLINE_MS = 60_000;
const WORKSPACE_HEADER = "x-workspace-id";

/** A browser of somebody: nothing in it is shared with another's. */
export async function openPerson(house, options = {}) {
  const context = await (await browser()).newContext({
    baseURL: house.url, viewport: { width: 1200, height: 800 }, locale: "en-GB", timezoneId: "Europe/Berlin", colorScheme: "light", reducedMotion: "reduce", ...options,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const person = new Person(house, context);
  context.on("page", (page) => person.tabs.push(new Tab(person, page)));
  return person;
}

class Person {
  tabs = [];

  constructor(house, context) {
    this.house = house;
    this.context = context;
  }

  /** A new, empty tab. */
  async tab() {
    const page = await this.context.newPage();
    return this.tabs.find((one) => one.page === page);
  }

  /** The tab that opens while `deed` is done. */
  async opened(deed) {
    const [page] = await Promise.all([this.context.waitForEvent("page"), deed()]);
    await page.waitForLoadState();
    return this.tabs.find((one) => one.page === page);
  }

  cookies() {
    return this.context.cookies();
  }

  /** All that was wrong and not expected. */
  complaints() {
    return this.tabs.flatMap((tab) => tab.complaints.filter((one) => !tab.expected.some((pattern) => pattern.test(one))));
  }

  close() {
    return this.context.close();
  }
}

class Tab {
  requests = [];
  complaints = [];
  expected = [];

  constructor(person, page) {
    this.person = person;
    this.page = page;
    page.on("console", (message) => this.#hear(message));
    page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on("request", (request) => this.#see(request));
    page.on("response", (response) => {
      const asked = this.requests.find((one) => one.request === response.request());
      if (asked) asked.status = response.status();
    });
  }

  /** What the page may complain of in this test. */
  expects(...patterns) {
    this.expected.push(...patterns);
  }

  async go(path) {
    const answer = await this.page.goto(path);
    return answer;
  }

  async reload() {
    await this.page.reload();
  }

  find(testid) {
    return this.page.getByTestId(testid);
  }

  /** Requests to the server since `from`, of the method and to the path that a pattern describes. */
  asked(method, pattern, from = 0) {
    return this.requests.slice(from).filter((one) => one.method === method && pattern.test(one.path));
  }

  async waitForRequest(method, pattern, from = 0) {
    return until(`${method} ${pattern}`, () => this.asked(method, pattern, from).find((one) => one.status));
  }

  storage() {
    return this.page.evaluate(() => ({ local: { ...localStorage }, session: { ...sessionStorage } }));
  }

  #hear(message) {
    if (!["error", "warning"].includes(message.type())) return;
    const { url } = message.location();
    this.complaints.push(`${message.type()}: ${message.text()} (${url.replace(this.person.house.url, "")})`);
  }

  #see(request) {
    const url = new URL(request.url());
    const { house } = this.person;
    const isOurs = [house.url, house.crmUrl, house.adminUrl].includes(url.origin);
    if (!isOurs && url.protocol.startsWith("http")) this.complaints.push(`asked of another origin: ${request.url()}`);
    this.requests.push({ request, method: request.method(), path: url.pathname + url.search, workspace: request.headers()[WORKSPACE_HEADER] ?? null, status: null, at_ms: Date.now() });
  }
}
