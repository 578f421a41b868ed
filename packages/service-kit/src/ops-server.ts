/** The operations port of a process: `/healthz`, `/readyz` and `/metrics`; `runService` opens it. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

export interface OpsServerOptions {
  readonly host: string;
  readonly port: number;
  /** Names of the services that run in this process. */
  readonly services: readonly string[];
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const server = createAdaptorServer({
    fetch: opsApp(options).fetch,
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function opsApp({ services, metrics, readiness }: OpsServerOptions): Hono {
  const app = new Hono();
  app.get("/healthz", (c) =>
    c.json({
      ok: true,
      pid: process.pid,
      rssBytes: process.memoryUsage.rss(),
      services,
      uptimeMs: Math.round(process.uptime() * 1000),
    }),
  );
  app.get("/readyz", async (c) => {
    const result = await readiness.run();
    return c.json(result, result.ready ? 200 : 503);
  });
  app.get("/metrics", async (c) =>
    c.body(await metrics.text(), 200, { "content-type": metrics.contentType }),
  );
  return app;
}
