// `npm run dev`: every element and page with a stand-in for the server. Nothing of this is built.

import { defineConfig } from "vite";

export default defineConfig({ root: "dev", server: { host: "127.0.0.1", fs: { allow: [".."] } } });
