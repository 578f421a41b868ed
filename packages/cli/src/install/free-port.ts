/** Chooses loopback ports for private servers: the preferred one, or the next that is free. */
import { createServer } from "node:net";
import { Failure } from "../failure.ts";

const TRIES_MAX = 200;

export async function freePort(preferred: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = preferred; port < preferred + TRIES_MAX && port <= 65_535; port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Failure(`no free port from ${preferred} on`);
}

export const isFree = (port: number, host = "127.0.0.1"): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
