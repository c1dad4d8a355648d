// The folder of this run.
//
// Promise: it is new, and gone with this process however that ends: a shell waits for the end of its input.

import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const JANITOR = `
while read -r _; do :; done
rounds=0
while [ -e "$1" ] && [ "$rounds" -lt 200 ]; do
    rm -rf "$1" 2>/dev/null || sleep 0.1
    rounds=$((rounds + 1))
done`;

/** Where folders of runs are. */
export const outer = tmpdir();
export const run = mkdtempSync(path.join(outer, "annex-browser-"));
// Others may pass through, to the folder inside that is theirs.
chmodSync(run, 0o711);
const janitor = spawn("/bin/sh", ["-c", JANITOR, "annex-browser-janitor", run], { stdio: ["pipe", "ignore", "ignore"], cwd: "/", detached: true });
// It must not keep us.
janitor.unref();
janitor.stdin.unref();

/** What makes folders of its own (the browser's profile) makes them here. */
process.env.TMPDIR = run;

let serial = 0;
export const inner = (label) => path.join(run, `${label}-${(serial += 1)}`);
