/** The listening port: answers health checks and turns admitted upgrades into websockets. `start` opens one. */
import { createServer, type IncomingMessage, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { WireRequest } from "@roadstead/aws-protocol/wire";
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
  readonly connectionsMax: number;
  readonly admit: (kind: SocketKind, request: WireRequest) => Promise<Admitted>;
  readonly onSocket: (socket: WebSocket, admitted: Admitted) => void;
  readonly onRefusal: (refusal: Refusal, error: unknown) => void;
}

export interface GatewayServer {
  readonly port: number;
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
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
    const healthy = request.url === "/healthz";
    const body = healthy ? { status: "ok" } : { message: "Not Found" };
    response.writeHead(healthy ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.maxConnections = connectionsMax + SPARE_CONNECTIONS;
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
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    void upgrade(request, socket, head);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stopAccepting: () => {
      accepting = false;
    },
    close: () =>
      new Promise((resolve) => {
        accepting = false;
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

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
