/** Makes an HTTPS server with the bounds that a port for strangers needs; services with a TLS port call it. */
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { TlsIdentity } from "./open-tls.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;

export interface TlsServerOptions {
  readonly connectionsMax: number;
}

/** TLS 1.2 or newer. It is not listening yet, and its certificate is renewed until it closes. */
export function createTlsServer(
  identity: TlsIdentity,
  { connectionsMax }: TlsServerOptions,
  listener: RequestListener,
): Server {
  const server = createServer(
    {
      ...identity.secureOptions(),
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
    },
    listener,
  );
  server.maxConnections = connectionsMax;
  // What fails before a request is the caller's doing: a wrong protocol, a scan, a machine that does not trust us.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  identity.keepFresh(server);
  return server;
}
