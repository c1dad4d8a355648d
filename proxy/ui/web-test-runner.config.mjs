// Tests of elements, in the Chromium of the system. Nothing is downloaded.

import { esbuildPlugin } from "@web/dev-server-esbuild";
import { chromeLauncher } from "@web/test-runner-chrome";
import { commands } from "./test/commands.mjs";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export default {
  files: "test/**/*.test.ts",
  nodeResolve: { exportConditions: ["production"] },
  plugins: [esbuildPlugin({ ts: true, tsconfig: "tsconfig.json", target: "es2023" }), commands],
  browsers: [chromeLauncher({ launchOptions: { executablePath, timeout: 120000, args: ["--headless", "--no-sandbox", "--disable-gpu"] } })],
  concurrency: 1,
  testFramework: { config: { timeout: 60000 } },
  // A refused call of the double is an answer, not a fault of the page.
  filterBrowserLogs: () => true,
  browserStartTimeout: 120000,
  testsStartTimeout: 120000,
  testsFinishTimeout: 900000,
};
