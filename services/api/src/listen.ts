/** Puts the app on a port: bytes in, bytes out, with every limit a public port needs. */

import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { createServer } from "node:https";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { bodyMaxBytes } from "@roadstead/aws-protocol/body-limit";
import { createTlsServer } from "@roadstead/tls/create-tls-server";
import type { TlsIdentity } from "@roadstead/tls/open-tls";
import { Hono } from "hono";
import type { App, PortSettings } from "./app.ts";
import { services } from "./services.ts";

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 75_000;
const CONNECTIONS_MAX = 4_096;
/** Open connections get this long to finish when the process stops. */
const DRAIN_MS = 5_000;

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** A port for other machines. */
export interface SecurePort {
  readonly identity: TlsIdentity;
  /** What is served beside the API: how machines join. */
  readonly join: Hono<{ Bindings: HttpBindings }>;
  readonly settingsFor: (host: string) => PortSettings;
}

export async function listen(
  app: App,
  address: { readonly host: string; readonly port: number },
  secure?: SecurePort,
): Promise<Listening> {
  const hono = new Hono<{ Bindings: HttpBindings }>();
  hono.get("/healthz", (c) => c.json({ ok: true }));
  if (secure) hono.route("/agent", secure.join);
  hono.all("*", async (c) => {
    const body = await readBody(c.env.incoming, bodyMaxBytes(services, c.req.header("x-amz-target")));
    if (body === null) {
      return c.json(
        { __type: "RequestEntityTooLargeException", message: "The request body is too large." },
        413,
      );
    }
    const url = c.req.url;
    const start = url.indexOf("/", url.indexOf("//") + 2);
    const question = url.indexOf("?", start);
    const response = await app(
      {
        method: c.req.method,
        path: url.slice(start, question < 0 ? undefined : question),
        query: question < 0 ? "" : url.slice(question + 1),
        headers: c.req.header(),
        body,
      },
      secure?.settingsFor(c.req.header("host") ?? ""),
    );
    return new Response(response.body as Uint8Array<ArrayBuffer>, {
      status: response.status,
      headers: response.headers,
    });
  });
  const server = createAdaptorServer({
    fetch: hono.fetch,
    ...(secure ? secureServer(secure.identity) : {}),
  }) as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : address.port,
    close: () => close(server),
  };
}

const secureServer = (identity: TlsIdentity) => ({
  createServer: ((_options: object, listener: RequestListener) =>
    createTlsServer(identity, { connectionsMax: CONNECTIONS_MAX }, listener)) as typeof createServer,
});

/**
 * Null when the body is larger than the request may be (what is left of it is not kept), or when its sender is
 * gone and reads no answer. Node's own stream is read: a web stream around it doubles what a request costs.
 */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = Number(request.headers["content-length"] ?? 0) > maxBytes ? Number.POSITIVE_INFINITY : 0;
  return new Promise((resolve) => {
    request.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      chunks.length = 0;
      resolve(null);
    });
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", () => resolve(null));
    if (size > maxBytes) resolve(null);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const drain = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(drain);
      resolve();
    });
    server.closeIdleConnections();
  });
}
