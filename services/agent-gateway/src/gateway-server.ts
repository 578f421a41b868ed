/** The listening ports: they answer health checks and turn admitted upgrades into websockets. `start` opens them. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { WireRequest } from "@roadstead/aws-protocol/wire";
import { createTlsServer } from "@roadstead/tls/create-tls-server";
import type { TlsIdentity } from "@roadstead/tls/open-tls";
import { type WebSocket, WebSocketServer } from "ws";
import type { Admitted } from "./admit.ts";
import type { SocketKind } from "./authorise-instance.ts";
import { type Refusal, refusalOf, tooManyConnections } from "./upgrade-refusal.ts";

/** No message of the protocol is larger. */
const FRAME_BYTES_MAX = 1024 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** Plain requests share the port; they never need many. */
const SPARE_CONNECTIONS = 64;

export interface GatewayServerOptions {
  readonly host: string;
  readonly port: number;
  /** The port for other machines, if there is to be one. */
  readonly secure?: { readonly identity: TlsIdentity; readonly port: number } | null;
  readonly connectionsMax: number;
  readonly admit: (kind: SocketKind, request: WireRequest) => Promise<Admitted>;
  readonly onSocket: (socket: WebSocket, admitted: Admitted) => void;
  readonly onRefusal: (refusal: Refusal, error: unknown) => void;
}

export interface GatewayServer {
  readonly port: number;
  readonly securePort: number | null;
  /** Takes no further connection; open websockets stay. */
  stopAccepting(): void;
  /** Resolves when every connection has ended. */
  close(): Promise<void>;
}

const PATHS: Readonly<Record<string, SocketKind>> = { "/acs/ws": "acs", "/tcs/ws": "tcs" };

export async function openGatewayServer(options: GatewayServerOptions): Promise<GatewayServer> {
  const { connectionsMax } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    clientTracking: false,
  });
  let upgraded = 0;
  let accepting = true;

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [path = "", query = ""] = splitOnce(request.url ?? "", "?");
    const kind = PATHS[path.replace(/\/+$/, "").replace(/^\/+/, "/")];
    if (kind === undefined) {
      return refuse(socket, { status: 404, reason: "NotFound", body: '{"message":"Not Found"}' });
    }
    const free = upgraded < connectionsMax && accepting;
    upgraded += 1;
    socket.once("close", () => {
      upgraded -= 1;
    });
    try {
      if (!free) throw tooManyConnections();
      const admitted = await options.admit(kind, wireRequest(request, { path, query }));
      if (!accepting) throw tooManyConnections();
      sockets.handleUpgrade(request, socket, head, (websocket) => options.onSocket(websocket, admitted));
    } catch (error) {
      const refusal = refusalOf(error);
      options.onRefusal(refusal, error);
      refuse(socket, refusal);
    }
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    void upgrade(request, socket, head);
  };
  const servers = await openPorts(options, onUpgrade);
  return {
    port: portOf(servers.plain),
    securePort: servers.secure && portOf(servers.secure),
    stopAccepting: () => {
      accepting = false;
    },
    async close() {
      accepting = false;
      await Promise.all([closeServer(servers.plain), servers.secure && closeServer(servers.secure)]);
    },
  };
}

async function openPorts(
  { host, port, secure, connectionsMax: sockets }: GatewayServerOptions,
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<{ readonly plain: Server; readonly secure: Server | null }> {
  const connectionsMax = sockets + SPARE_CONNECTIONS;
  const plain = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, answerPlainRequest);
  plain.maxConnections = connectionsMax;
  const overTls = secure ? createTlsServer(secure.identity, { connectionsMax }, answerPlainRequest) : null;
  for (const server of [plain, overTls]) server?.on("upgrade", onUpgrade);
  await listening(plain, { host, port });
  if (secure && overTls) await listening(overTls, { host: secure.identity.listenHost, port: secure.port });
  return { plain, secure: overTls };
}

const answerPlainRequest: RequestListener = (request, response) => {
  const healthy = request.url === "/healthz";
  const body = healthy ? { status: "ok" } : { message: "Not Found" };
  response.writeHead(healthy ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body));
};

const listening = (server: Server, address: { readonly host: string; readonly port: number }) =>
  new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, resolve);
  });

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const closeServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

function splitOnce(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

const wireRequest = (request: IncomingMessage, url: { path: string; query: string }): WireRequest => ({
  method: request.method ?? "GET",
  path: url.path,
  query: url.query,
  headers: Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : (value ?? ""),
    ]),
  ),
  body: new Uint8Array(),
});

function refuse(
  socket: Duplex,
  { status, body }: Pick<Refusal, "status" | "body"> & { reason: string },
): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
    () => socket.destroy(),
  );
}
