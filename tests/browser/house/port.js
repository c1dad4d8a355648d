// Ports that nobody uses, outside the range from which the kernel takes ports for outgoing connections.

import { once } from "node:events";
import { createServer } from "node:net";

const FIRST = 10_000;
const COUNT = 5_000;
const given = new Set();

/** Never the same twice. */
export async function freePort() {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    const server = createServer();
    const isFree = await new Promise((done) => {
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => done(true));
    });
    if (!isFree) continue;
    given.add(port);
    server.close();
    await once(server, "close");
    return port;
  }
}
