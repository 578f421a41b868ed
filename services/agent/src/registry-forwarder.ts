/** Lets this machine's Docker reach the registry at a loopback address, which it trusts without TLS; `start` opens one. */
import { once } from "node:events";
import { connect, createServer, isIP, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { Logger } from "@roadstead/service-kit/log";
import { createBackOff } from "./control/back-off.ts";

export interface ForwarderOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly registryUrl: URL;
  readonly log: Logger;
  readonly connectionsMax?: number;
  readonly connectTimeoutMs?: number;
  /** Neither side has said anything for so long. */
  readonly idleMs?: number;
  readonly retry?: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
}

export interface Forwarder {
  /** Once it listens; 0 when it was stopped before. */
  readonly port: Promise<number>;
  stop(): Promise<void>;
}

const CONNECTIONS_MAX = 512;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than any registry takes to find a layer, and than Docker keeps idle connections. */
const IDLE_MS = 10 * 60_000;
const RETRY = { minMs: 500, maxMs: 15_000, factor: 2 };
const TLS_PORT = 443;
const PLAIN_PORT = 80;

/** Another agent of this machine may hold the address: it serves meanwhile, and this one takes over after it. */
export function openRegistryForwarder(options: ForwarderOptions): Forwarder {
  const { listen, log } = options;
  const ending = new AbortController();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => forward(options, client, sockets));
  server.on("error", (error) => log.warn({ op: "forwarder.server", err: error }, "a connection was lost"));
  server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
  const listening = (async () => {
    const backOff = createBackOff(options.retry ?? RETRY);
    while (!ending.signal.aborted) {
      try {
        const port = await listenOn(server, listen);
        log.info(
          { op: "forwarder.listening", port, registry: options.registryUrl.host },
          "images may be pulled",
        );
        return port;
      } catch (error) {
        log.warn(
          { op: "forwarder.listen", ...listen, err: error },
          "could not listen for pulls; trying again",
        );
        await delay(backOff.next(), undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
    return 0;
  })();
  return {
    port: listening,
    async stop() {
      ending.abort();
      if ((await listening) === 0) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listenOn(server: Server, { host, port }: ForwarderOptions["listen"]): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : port;
}

function forward(options: ForwarderOptions, client: Socket, sockets: Set<Socket>): void {
  const upstream = dial(options);
  const pair = [client, upstream] as const;
  const end = () => {
    for (const socket of pair) socket.destroy();
  };
  const connecting = setTimeout(end, options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  upstream.once(options.registryUrl.protocol === "https:" ? "secureConnect" : "connect", () => {
    clearTimeout(connecting);
    // Everything that passes, passes here, in both directions.
    upstream.setTimeout(options.idleMs ?? IDLE_MS, end);
  });
  upstream.once("error", (error) => {
    options.log.warn({ op: "forwarder.connect", err: error }, "the registry's connection failed");
  });
  client.once("error", end);
  for (const socket of pair) {
    sockets.add(socket);
    socket.once("close", (hadError) => {
      clearTimeout(connecting);
      sockets.delete(socket);
      // One that closed in order has passed its end on, and the other still has to write what it was given.
      if (hadError) end();
    });
  }
  // An end is passed on as an end, so that the other direction may still finish.
  client.pipe(upstream);
  upstream.pipe(client);
}

function dial({ registryUrl }: ForwarderOptions): Socket {
  const isTls = registryUrl.protocol === "https:";
  const host = registryUrl.hostname.replace(/^\[|\]$/g, "");
  const port = Number(registryUrl.port) || (isTls ? TLS_PORT : PLAIN_PORT);
  if (!isTls) return connect({ host, port, allowHalfOpen: true });
  const options = {
    host,
    port,
    allowHalfOpen: true,
    ...(isIP(host) ? {} : { servername: host }),
  };
  return connectTls(options);
}

/** The registry is configured to be at that very address, so there is nothing to forward. */
export const isAtRegistry = (listen: ForwarderOptions["listen"], registryUrl: URL): boolean =>
  registryUrl.protocol === "http:" &&
  (registryUrl.hostname === "localhost" || registryUrl.hostname === listen.host) &&
  (Number(registryUrl.port) || PLAIN_PORT) === listen.port;
