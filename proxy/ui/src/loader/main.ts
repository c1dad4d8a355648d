// The loader: runs before the CRM's scripts, in every page that Annex injects into.
//
// Promise: at home it changes nothing of what the page does; elsewhere the page's calls go to the tab's workspace or
// nowhere. If anything here breaks, the CRM's page works as if we were not there.
// Invariant: it starts only for the person whom the marker cookie names.

import { readBoot, type Boot } from "../boot.ts";
import { provide, type Heard, type Loss, type Runtime } from "../runtime.ts";
import { accessToken, claims, renew, signOut } from "./credential.ts";
import { follow } from "./events.ts";
import { install } from "./hook.ts";
import { keepMounted } from "./mount.ts";
import { choose, forget, own, read } from "./tab.ts";

/** Tests import it; pages run it. */
export function start(): void {
  const boot = readBoot(document);
  if (!boot) return;
  const who = person(boot);
  if (boot.document === "crm" && !who) return;
  const page = new Page(boot, who, who && read(who.principal, who.home));
  provide(page);
  if (who && page.workspace) page.begin(who.principal, who.home, page.workspace);
  if (boot.document === "annex") void import(/* @vite-ignore */ boot.assets.pages);
  else keepMounted(boot, () => person(boot) !== null, () => import(/* @vite-ignore */ boot.assets.switcher), page.signal);
}

/** Who is signed in, if it is whom the marker cookie names. A document of ours believes the token alone. */
function person(boot: Boot): { principal: string; home: string } | null {
  const said = claims(boot);
  if (boot.document === "annex") return said;
  return said?.principal === boot.principal ? said : null;
}

class Page implements Runtime {
  loss: Loss | null = null;
  readonly principal: string | null;
  readonly home: string | null;
  readonly #native = globalThis.fetch.bind(globalThis);
  readonly #heard = new EventTarget();
  readonly #over = new AbortController();
  #hasLeft = false;

  constructor(
    readonly boot: Boot,
    who: { principal: string; home: string } | null,
    readonly workspace: string | null,
  ) {
    this.principal = who?.principal ?? null;
    this.home = who?.home ?? null;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  begin(principal: string, home: string, workspace: string): void {
    const { boot } = this;
    const lose = (loss: Loss): void => this.#lose(loss);
    if (workspace !== home) {
      const stopped = (): Loss | null => {
        const now = claims(boot)?.principal;
        if (now && now !== principal && !this.#hasLeft) lose("person");
        return this.loss;
      };
      const leave = (): void => {
        this.#hasLeft = true;
        forget();
        this.#over.abort();
        // Whoever signs in again here sees their home, and does so after a reload too.
        addEventListener("pagehide", () => {
          const now = claims(boot);
          if (now) own(now.principal, now.home);
        });
      };
      install({ boot, workspace, stopped, lose, leave, hasLeft: () => this.#hasLeft });
    }
    addEventListener("focus", () => this.loss ?? choose(principal, workspace), { signal: this.signal });
    void follow(
      {
        boot,
        workspace,
        home,
        lose,
        isSignedIn: () => person(boot) !== null,
        call: (path, init) => this.call(path, init),
        probe: () => this.#native(boot.paths.probe, { cache: "no-store" }),
        change: (event, workspaceId) => this.#tell("change", { event, workspaceId }),
        end: () => this.#end(),
      },
      this.signal,
    );
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
