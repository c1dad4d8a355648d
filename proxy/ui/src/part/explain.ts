// A refusal as people read it: by the code, never by the server's own sentence.

import { Refused } from "../api.ts";
import { maybe, t } from "../words/index.ts";

export function explain(cause: unknown): string {
  if (!(cause instanceof Refused)) return t("error.INTERNAL");
  const { code, details } = cause;
  if (code.startsWith("field:")) {
    const field = code.slice("field:".length);
    return maybe(`field.${field}`, t("field.other", { code: field }));
  }
  const missing = details["missingPermissions"];
  if (code === "ROLE_EXCEEDS_CALLER" && Array.isArray(missing)) {
    return t("error.ROLE_EXCEEDS_CALLER", { permissions: missing.map((one) => permissionName(String(one))).join(", ") });
  }
  const wait = details["retryAfter"];
  if (code === "RATE_LIMITED" && typeof wait === "number" && wait <= 600) return t("error.RATE_LIMITED.seconds", { n: wait });
  return maybe(`error.${code}`, t("error.INTERNAL"));
}

/** `customers:read` as `See: Customers`. */
export function permissionName(key: string): string {
  const [module = "", verb = ""] = key.split(":");
  return t("roles.cell", { verb: maybe(`verb.${verb}`, verb), module: maybe(`module.${module}`, module) });
}
