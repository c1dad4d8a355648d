// The loader: runs before the CRM's scripts, in every page that Annex injects into.
//
// Promise: at home it changes nothing of what the page does; elsewhere the page's calls go to the tab's workspace or
// nowhere. If anything here breaks, the CRM's page works as if we were not there.
// Invariant: it starts only for the person whom the marker cookie names; where none is named (`ui.inject = "any"`), for whoever
// the stored token names, and nothing is shown, and nothing stored, before the server said that they have the feature.

import { readBoot, type Boot } from "../boot.ts";
import { provide, type Heard, type Loss, type Runtime } from "../runtime.ts";
import { askAs, claims, renew, type Claims } from "./credential.ts";
import { WORKSPACES, follow } from "./events.ts";
import { feature, type Told } from "./feature.ts";
import { codeOf, install } from "./hook.ts";
import { keepMounted } from "./mount.ts";
import { sleep } from "./sleep.ts";
import { UNTOLD, choose, forget, keep, look, own, settle } from "./tab.ts";

/** Said of no workspace: the person has the feature no more. */
const FEATURE_OFF = "MULTI_WORKSPACE_DISABLED";
/** Between two questions that nobody answered. */
const AGAIN_MS = 5_000;

/** Tests import it; pages run it. */
export function start(): void {
  const boot = readBoot(document);
  if (!boot) return;
  const who = claims(boot);
  const isNamed = who !== null && boot.principal === who.principal;
  const page = new Page(boot, who);
  if (boot.document === "annex") {
    // The invitation's page is there for everybody: of whom the server did not name nothing is kept.
    provide(page);
    if (isNamed) page.admit();
    void import(/* @vite-ignore */ boot.assets.pages);
  } else if (isNamed) {
    page.admit();
    page.mount();
  } else if (who && boot.principal === null) page.ask();
}

class Page implements Runtime {
  loss: Loss | null = null;
  readonly principal: string | null;
  readonly home: string | null;
  readonly workspace: string | null;
  readonly #native = globalThis.fetch.bind(globalThis);
  readonly #heard = new EventTarget();
  readonly #over = new AbortController();
  #undecided: Promise<unknown> | null = null;
  #isHooked = false;
  #hasLeft = false;

  constructor(
    readonly boot: Boot,
    who: Claims | null,
  ) {
    this.principal = who?.principal ?? null;
    this.home = who?.home ?? null;
    this.workspace = who && look(who.principal, who.home);
  }

  /** The person has the feature: the document is in the tab's workspace, and follows what happens. */
  admit(): void {
    const { boot, principal, home, workspace } = this;
    if (!principal || !home || !workspace) return;
    provide(this);
    if (settle(principal, home, workspace)) void this.call(`${WORKSPACES}/${workspace}/switch`, { method: "POST" }).catch(() => null);
    this.#hook();
    // What was chosen for the next document stays chosen while that one is on its way.
    addEventListener("focus", () => this.loss ?? (look(principal, home) === workspace && this.choose(workspace, "told")), { signal: this.#over.signal });
    for (const event of ["storage", "pagehide"]) addEventListener(event, () => this.#isTheirs());
    void follow(
      {
        boot,
        workspace,
        home,
        lose: (loss) => this.#lose(loss),
        isSignedIn: () => this.#isTheirs(),
        call: (path, init) => this.call(path, init),
        probe: () => this.#native(boot.paths.probe, { cache: "no-store" }),
        change: (event, workspaceId) => this.#tell("change", { event, workspaceId }),
        end: () => this.#end(),
      },
      this.#over.signal,
    );
  }

  mount(): void {
    const { boot } = this;
    keepMounted(boot, () => this.#isTheirs(), () => import(/* @vite-ignore */ boot.assets.switcher), this.#over.signal);
  }

  /** Nobody knows yet whether the person has the feature: what belongs to a workspace waits, and all else goes on. */
  ask(): void {
    const isElsewhere = this.workspace !== this.home;
    const answer = feature(this.boot, this.#native, isElsewhere);
    this.#undecided = answer.then((told) => {
      this.#undecided = null;
      // Denied: the document is the CRM's alone. Not known: what belongs to the workspace goes there or nowhere.
      if (told === "has not") this.#hasLeft = true;
      else if (isElsewhere) provide(this);
    });
    this.#hook();
    void this.#welcome(answer);
  }

  async #welcome(answer: Promise<Told>): Promise<void> {
    let told = await answer;
    while (told === "unheard") {
      await sleep(AGAIN_MS);
      told = await feature(this.boot, this.#native, false);
    }
    if (told !== "has" || !this.#isTheirs()) return;
    this.admit();
    this.mount();
  }

  #hook(): void {
    const { boot, principal, home, workspace } = this;
    if (this.#isHooked || !principal || !home || !workspace || workspace === home) return;
    this.#isHooked = true;
    const stopped = (): Loss | null => {
      if (!this.#hasLeft) this.#isAnothers();
      return this.loss;
    };
    const leave = (): void => {
      if (this.#hasLeft) return;
      this.#hasLeft = true;
      forget(principal);
      this.#over.abort();
      // Who signs in again here sees their home, and does so after a reload too.
      addEventListener("pagehide", () => {
        if (this.#isTheirs()) own(principal, home);
      });
    };
    install({
      boot, workspace, stopped, leave,
      lose: (loss) => this.#lose(loss),
      hasLeft: () => this.#hasLeft,
      undecided: () => this.#undecided,
    });
  }

  /** Whether the person of this document is still the one who is signed in. If not, nothing of them stays stored. */
  #isTheirs(): boolean {
    const now = claims(this.boot)?.principal ?? null;
    if (now === this.principal) return true;
    if (now) keep(now);
    // A cookie runs out between two calls of the CRM; what it stores it removes only at a sign-out.
    else if (this.principal && this.boot.credential.kind === "local-storage") forget(this.principal);
    return false;
  }

  /** Whether somebody else signed in: the document stops, for what it does would be done in their name. */
  #isAnothers(): boolean {
    if (!this.principal || this.#isTheirs() || !claims(this.boot)) return false;
    this.#lose("person");
    return true;
  }

  async call(path: string, init: RequestInit = {}): Promise<Response> {
    let answer = await this.#ask(path, init);
    if (answer.status === 401 && (await renew(this.boot, this.#native))) answer = await this.#ask(path, init);
    if ((await codeOf(answer)) === FEATURE_OFF) {
      if (this.workspace !== this.home) this.#lose("off");
      this.#end();
    }
    return answer;
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    if (this.#isAnothers()) throw new Error("person");
    return askAs(this.boot, this.#native, path, init);
  }

  choose(workspace: string, told?: "told"): void {
    if (this.principal && !this.#over.signal.aborted && this.#isTheirs()) choose(this.principal, workspace, told ? "" : UNTOLD);
  }

  on<Name extends keyof Heard>(name: Name, listener: (what: Heard[Name]) => void, signal: AbortSignal): void {
    this.#heard.addEventListener(name, (event) => listener((event as CustomEvent<Heard[Name]>).detail), { signal });
  }

  #tell<Name extends keyof Heard>(name: Name, detail: Heard[Name]): void {
    this.#heard.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #end(): void {
    this.#tell("end", undefined);
    this.#over.abort();
    keep(null);
  }

  #lose(loss: Loss): void {
    if (this.loss) return;
    this.loss = loss;
    const { principal, home } = this;
    if (principal && home && loss !== "person") {
      if (loss === "gone") forget(principal);
      else choose(principal, home, UNTOLD);
    }
    // The dialog is the switcher's module, which this page most likely has; without it the page goes home.
    import(/* @vite-ignore */ this.boot.assets.switcher).then(
      () => this.#tell("loss", loss),
      () => location.assign(this.boot.paths.start),
    );
  }
}

try {
  start();
} catch {
  // The CRM's page works as if we were not there.
}
