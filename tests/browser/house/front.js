// What stands before the house, as a load balancer does: a relay of bytes that can be pointed elsewhere while pages are open.
//
// Promise: not a byte is changed, except that what the tests ask for happens: refused, held back, or sent to somebody else.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { freePort } from "./port.js";

export class Front {
  #server;
  #target;
  #delay_ms = 0;
  #isShut = false;
  #open = new Set();

  static async open(target) {
    const front = new Front();
    front.#target = target;
    front.port = await freePort();
    front.url = `http://127.0.0.1:${front.port}`;
    front.#server = createServer((client) => front.#relay(client));
    front.#server.listen(front.port, "127.0.0.1");
    await once(front.#server, "listening");
    return front;
  }

  /** From now on. Connections that are open end, as when a balancer takes a node out. */
  pointTo(target) {
    this.#target = target;
    this.#cut();
  }

  /** Nobody answers any more; what is open ends. */
  shut() {
    this.#isShut = true;
    this.#cut();
  }

  reopen() {
    this.#isShut = false;
  }

  /** Whatever clients send waits so long before it goes on. */
  slowDown(delay_ms) {
    this.#delay_ms = delay_ms;
  }

  async close() {
    this.#cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #cut() {
    for (const socket of this.#open) socket.destroy();
  }

  #relay(client) {
    if (this.#isShut) return client.destroy();
    const server = connect(Number(new URL(this.#target).port), "127.0.0.1");
    for (const [one, other] of [[client, server], [server, client]]) {
      this.#open.add(one);
      one.setNoDelay(true);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#open.delete(one);
        other.destroy();
      });
      one.on("end", () => other.end());
    }
    server.pipe(client);
    client.on("data", (piece) => {
      if (this.#delay_ms) setTimeout(() => server.writable && server.write(piece), this.#delay_ms);
      else server.write(piece);
    });
  }
}
