/** Puts the registry on a port, with the limits that a public port of long bodies needs. */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { RegistryApp } from "./app.ts";

/** Bytes of a body that wait in memory until the store takes them; also the size of the pieces that are read. */
const HIGH_WATER_MARK_BYTES = 1024 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 75_000;
const CONNECTIONS_MAX = 4_096;
/** Pushes and pulls under way get this long to finish when the process stops. */
const DRAIN_MS = 15_000;
const IDLE_POLL_MS = 50;

/** A whole push may take hours; it ends when nothing moves. */
const SERVER_OPTIONS: ServerOptions = {
  highWaterMark: HIGH_WATER_MARK_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  noDelay: true,
};

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export async function listen(
  app: RegistryApp,
  address: { readonly host: string; readonly port: number; readonly idleMs: number },
): Promise<Listening> {
  const server = createServer(SERVER_OPTIONS);
  bound(server, app, address.idleMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, resolve);
  });
  const at = server.address();
  return {
    port: typeof at === "object" && at ? at.port : address.port,
    close: () => close(server),
  };
}

/** The request handler and the limits of any server that the registry is put on. */
export function bound(server: Server, app: RegistryApp, idleMs: number): void {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== "/healthz") return app(request, response);
    response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
  };
  server.on("request", handle);
  // A client that asks before it sends is answered before it has sent.
  server.on("checkContinue", handle);
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = idleMs;
}

/** A connection is closed when its request has ended, whenever that is. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_POLL_MS);
    const drain = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(drain);
      resolve();
    });
  });
}
