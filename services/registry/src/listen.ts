/** Puts the registry on a port, with the limits that a public port of long bodies needs. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Server as SecureServer } from "node:https";
import { createTlsServer } from "@roadstead/tls/create-tls-server";
import type { TlsIdentity } from "@roadstead/tls/open-tls";
import type { RegistryApp } from "./app.ts";

/** Bytes of a body that wait in memory until the store takes them; also the size of the pieces that are read. */
const HIGH_WATER_MARK_BYTES = 1024 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 75_000;
const CONNECTIONS_MAX = 4_096;
/** Pushes and pulls under way get this long to finish when the process stops. */
const DRAIN_MS = 15_000;
const IDLE_POLL_MS = 50;

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly idleMs: number;
  /** For other machines; without it the port speaks plainly. */
  readonly identity?: TlsIdentity;
}

export async function listen(app: RegistryApp, options: ListenOptions): Promise<Listening> {
  const { identity, host, port } = options;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== "/healthz") return app(request, response);
    response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
  };
  const server = identity
    ? createTlsServer(identity, { connectionsMax: CONNECTIONS_MAX }, handle)
    : createServer({ highWaterMark: HIGH_WATER_MARK_BYTES, noDelay: true }, handle);
  // A client that asks before it sends is answered before it has sent.
  server.on("checkContinue", handle);
  setBounds(server, options.idleMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const at = server.address();
  return { port: typeof at === "object" && at ? at.port : port, close: () => close(server) };
}

type AnyServer = Server | SecureServer;

function setBounds(server: AnyServer, idleMs: number): void {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  // A whole push may take hours; it ends when nothing moves.
  server.requestTimeout = 0;
  server.timeout = idleMs;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = CONNECTIONS_MAX;
}

/** A connection is closed when its request has ended, whenever that is. */
function close(server: AnyServer): Promise<void> {
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
