// What the opened switcher shows. A module of its own: it is fetched while the page rests, and when it is asked for.

import "./invitations.ts";
import "./list.ts";
export { ways } from "./ways.ts";
