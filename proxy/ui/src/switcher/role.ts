// A role as people read it: system roles in their language, others as they were named.

import { maybe } from "../words/index.ts";

export const roleName = ({ role, roleName: name }: { readonly role: string; readonly roleName: string }): string =>
  maybe(`role.${role}`, name);
