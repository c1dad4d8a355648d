// What the opened switcher shows. A module of its own: it is fetched at the first sign of interest.

import "./invitations.ts";
import "./list.ts";
export { ways } from "./ways.ts";
