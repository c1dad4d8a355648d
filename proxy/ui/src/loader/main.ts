// The loader: runs before the CRM's scripts, in every page that Annex injects into.
//
// Promise: at home it changes nothing of what the page does; elsewhere the page's calls go to the tab's workspace or
// nowhere. If anything here breaks, the CRM's page works as if we were not there.
// Invariant: it starts only for the person whom the marker cookie names; where none is named (`ui.inject = "any"`), for whoever
// the stored token names, and nothing is shown, and nothing stored, before the server said that they have the feature.

import { readBoot, type Boot } from "../boot.ts";
import { provide, type Heard, type Loss, type Runtime } from "../runtime.ts";
import { accessToken, claims, renew, signOut, type Claims } from "./credential.ts";
import { follow } from "./events.ts";
import { feature, type Told } from "./feature.ts";
import { install } from "./hook.ts";
import { keepMounted } from "./mount.ts";
import { choose, forget, look, own, settle } from "./tab.ts";

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
  readonly #who: Claims | null;
  #decided!: Promise<unknown>;
  #isUndecided = false;
  #isHooked = false;
  #hasLeft = false;

  constructor(
    readonly boot: Boot,
    who: Claims | null,
  ) {
    this.#who = who;
    this.principal = who?.principal ?? null;
    this.home = who?.home ?? null;
    this.workspace = who && look(who.principal, who.home);
  }

  /** The person has the feature: the document is in the tab's workspace, and follows what happens. */
  admit(): void {
    const { boot, workspace } = this;
    const who = this.#who;
    if (!who || !workspace) return;
    provide(this);
    settle(who.principal, workspace);
    this.#hook();
    addEventListener("focus", () => this.loss ?? choose(who.principal, workspace), { signal: this.#over.signal });
    void follow(
      {
        boot,
        workspace,
        home: who.home,
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
    this.#isUndecided = true;
    this.#decided = answer.then((told) => {
      this.#isUndecided = false;
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
      await new Promise((done) => setTimeout(done, AGAIN_MS));
      told = await feature(this.boot, this.#native, false);
    }
    if (told !== "has" || !this.#isTheirs()) return;
    this.admit();
    this.mount();
  }

  #hook(): void {
    const { boot, workspace } = this;
    const who = this.#who;
    if (this.#isHooked || !who || !workspace || workspace === who.home) return;
    this.#isHooked = true;
    const stopped = (): Loss | null => {
      const now = claims(boot)?.principal;
      if (now && now !== who.principal && !this.#hasLeft) this.#lose("person");
      return this.loss;
    };
    const leave = (): void => {
      if (this.#hasLeft) return;
      this.#hasLeft = true;
      forget();
      this.#over.abort();
      // Who signs in again here sees their home, and does so after a reload too.
      addEventListener("pagehide", () => {
        if (this.#isTheirs()) own(who.principal, who.home);
      });
    };
    install({
      boot, workspace, stopped, leave,
      lose: (loss) => this.#lose(loss),
      hasLeft: () => this.#hasLeft,
      isUndecided: () => this.#isUndecided,
      decided: () => this.#decided,
    });
  }

  /** Whether the person of this document is still the one who is signed in. */
  #isTheirs(): boolean {
    return claims(this.boot)?.principal === this.principal;
  }

  async call(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await this.#ask(path, init);
    if (answer.status !== 401 || !(await renew(this.boot, this.#native))) return answer;
    return this.#ask(path, init);
  }

  #ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const token = accessToken(this.boot);
    if (token && this.boot.credential.kind === "local-storage") headers.set("Authorization", `Bearer ${token}`);
    return this.#native(path, { ...init, headers, credentials: "same-origin", cache: "no-store" });
  }

  choose(workspace: string): void {
    if (this.principal) choose(this.principal, workspace);
  }

  async signOut(): Promise<void> {
    forget();
    await signOut(this.boot, this.#native);
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
  }

  #lose(loss: Loss): void {
    if (this.loss) return;
    this.loss = loss;
    forget();
    if (this.home && loss !== "gone" && loss !== "person") choose(this.principal ?? "", this.home);
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
