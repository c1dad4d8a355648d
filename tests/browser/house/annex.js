// The built binary: where it is, and one run of one of its commands.

import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { REPOSITORY, inherited } from "./program.js";

export const ADMIN_TOKEN = "the-token-of-the-admin-listener";
export const SECRETS = { ANNEX_SECRET: "the-secret-of-annex-itself-for-the-browser", ANNEX_CRM_JWT_SECRET: "the-crm-signs-its-tokens-with-this-secret" };

/** `ANNEX_BIN`, or what `cargo build` made. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(REPOSITORY, "target");
  const found = process.env.ANNEX_BIN ?? path.join(target, "debug/annex");
  if (!existsSync(found)) throw new Error(`${found} is missing: run \`cargo build -p annex\` (\`make test\` does)`);
  return found;
}

const store = ({ runtimeUrl, ownerUrl }) => ({ ...SECRETS, ANNEX_UPSTREAM: "http://127.0.0.1:1", ANNEX_DATABASE_URL: runtimeUrl, ANNEX_MIGRATE_DATABASE_URL: ownerUrl });

export function migrate(program, database) {
  execFileSync(program, ["migrate", "up"], { cwd: REPOSITORY, env: { ...inherited, ...store(database) }, stdio: ["ignore", "ignore", "inherit"] });
}

/** What it printed; an error with what it complained of, if it failed. */
export async function command(args, environment) {
  const { stdout } = await promisify(execFile)(binary(), args, { cwd: REPOSITORY, env: { ...inherited, ...environment } });
  return stdout;
}
