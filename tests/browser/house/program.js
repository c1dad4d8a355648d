// One program that ends with this process, its log, and its end.
//
// Promise: the program and its folder are gone when it is stopped, and when this process is, even after `kill -9`: a shell
// holds a pipe from us (tests/src/guard.sh, as in the suites of the server).

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

export const REPOSITORY = path.resolve(import.meta.dirname, "../../..");
const GUARD = readFileSync(path.join(REPOSITORY, "tests/src/guard.sh"), "utf8");
const TAIL_LINES = 25;

/** What every program needs of the machine; nothing else is inherited. */
export const inherited = Object.fromEntries(["PATH", "HOME", "TMPDIR"].filter((name) => process.env[name]).map((name) => [name, process.env[name]]));

export class Program {
  #guard;
  #log;
  #ended;
  isRunning = true;

  /** `folder` is made, holds its log, and goes with it. */
  static async start({ name, program, args = [], environment = {}, folder, cwd = REPOSITORY }) {
    mkdirSync(folder, { recursive: true });
    const started = new Program();
    started.name = name;
    started.#log = path.join(folder, "log");
    started.#guard = spawn("/bin/sh", ["-c", GUARD, name, started.#log, program, ...args], {
      cwd, env: { ...inherited, ...environment }, stdio: ["pipe", "pipe", "inherit"], detached: true,
    });
    // Whoever was killed does not hear.
    started.#guard.stdin.on("error", () => {});
    const gone = once(started.#guard, "close");
    const lines = createInterface({ input: started.#guard.stdout });
    started.#ended = gone.then(() => { started.isRunning = false; });
    const [line] = await once(lines, "line");
    started.pid = Number(line.replace("pid ", ""));
    lines.on("line", () => { started.isRunning = false; });
    return started;
  }

  log() {
    try {
      return readFileSync(this.#log, "utf8");
    } catch {
      return "";
    }
  }

  /** The last lines that it printed. */
  tail() {
    return `--- ${this.name} ---\n${this.log().trimEnd().split("\n").slice(-TAIL_LINES).map(short).join("\n")}`;
  }

  signal(name) {
    if (this.isRunning) process.kill(this.pid, name);
  }

  async stop() {
    this.#guard.stdin.end();
    await this.#ended;
  }
}

/** A line of Annex's log about one exchange, as people read it. */
function short(line) {
  if (!line.startsWith('{"timestamp"')) return line;
  const said = JSON.parse(line);
  if (said.message !== "exchange") return line;
  return `${said.timestamp.slice(11, 23)} ${said["http.method"]} ${said["http.path"]} ${said["http.status"]} ${said["decision.effect"]} ${said["decision.reason"]} ${said["workspace.id"] ?? ""}`;
}
