// What the server tells the browser: one JSON object, put into the page before anything of ours runs.
//
//   <script type="application/json" id="annex-boot" nonce="…">{ … }</script>
//   <script src="/_annex/ui/loader.<hash>.js" nonce="…"></script>
//
// Promise: this file is the whole contract with the injector; nothing of ours reads configuration from elsewhere.
// Invariant: what does not have this shape is nobody's page, and nothing of ours starts.

/** The object. `<` stands in it as `\u003c`, so that no value ends the element. */
export interface Boot {
  readonly version: 1;
  /** `crm`: a page of the CRM. `annex`: a document of ours with an empty body. */
  readonly document: "crm" | "annex";
  /**
   * Whom the marker cookie names, judged at this navigation. Null: nobody. A page of the CRM is then there for whoever the
   * stored token names (`ui.inject = "any"`), once the server said that they have the feature.
   */
  readonly principal: string | null;
  /** Whether the page's policy lets pictures of its own origin be shown. */
  readonly pictures: boolean;
  /** Of our texts, such as `de`: the operator's choice; null: the browser's, in the CRM's pages and in ours. */
  readonly language: string | null;
  /** Opens the switcher, such as `Alt+Shift+KeyW` (`KeyboardEvent.code` last); null: no key does. */
  readonly shortcut: string | null;
  readonly credential: Credential;
  readonly routes: Routes;
  readonly calls: Calls;
  readonly mount: Mount;
  readonly paths: Paths;
  readonly assets: Assets;
}

/** Where the CRM keeps what it signs in with. */
export interface Credential {
  /** `cookie`: the browser sends it; `accessToken` then names a cookie that scripts can read, or is null. */
  readonly kind: "local-storage" | "cookie";
  /** The key of the access token. */
  readonly accessToken: string | null;
  /** The key of the refresh token. */
  readonly refreshToken: string | null;
  /** The key of what the CRM remembers of the person, JSON with `email`; removed when they sign out. */
  readonly user: string | null;
  /** The names of the claims. */
  readonly claims: { readonly principal: string; readonly home: string };
}

/** Which requests are the CRM's, and which of them belong to a workspace. */
export interface Routes {
  /** Paths that begin so, at a `/`, are the CRM's API. */
  readonly prefixes: readonly string[];
  /** Class `home` of the profile, `METHOD /path/:part`: never sent into a workspace. The first match decides. */
  readonly home: readonly string[];
  /** Prefixes that Annex itself answers. */
  readonly own: readonly string[];
}

/** The CRM's own calls that the loader makes or notices. Paths. */
export interface Calls {
  readonly login: string;
  readonly register: string;
  readonly logout: string;
  readonly refresh: string;
  /** The JSON keys of the refresh call. */
  readonly accessTokenField: string;
  readonly refreshTokenField: string;
}

/** Where the switcher stands: before the first element that `anchor` selects, in the header's row if it has one. */
export interface Mount {
  readonly anchor: string;
  /** The CRM's header; decides what light the switcher stands in. */
  readonly header: string;
}

/** Addresses of pages. `:id` stands for a workspace. */
export interface Paths {
  readonly login: string;
  readonly register: string;
  readonly start: string;
  readonly workspaces: string;
  readonly create: string;
  readonly settings: string;
  readonly onboarding: string;
  readonly invite: string;
  readonly admin: string;
  /** In front of a workspace's id: the pinned path. Ends with `/`. */
  readonly pin: string;
  /** Answered by Annex to everybody, with `X-Annex-Request-Id`. */
  readonly probe: string;
  /** Where the onboarding's steps lead in the CRM: `create_customer`, `create_product`, `create_proposal`. */
  readonly steps: Readonly<Record<string, string>>;
}

/** Modules to import. */
export interface Assets {
  readonly switcher: string;
  readonly pages: string;
}

/** The element's id. */
export const BOOT_ID = "annex-boot";

/** Reads the object; null: there is none, or not one that this loader understands. */
export function readBoot(from: Document): Boot | null {
  const text = from.getElementById(BOOT_ID)?.textContent;
  if (!text) return null;
  const said = JSON.parse(text) as Partial<Boot> | null;
  return said?.version === 1 && said.routes && said.paths && said.credential ? (said as Boot) : null;
}
