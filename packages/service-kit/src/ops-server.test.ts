import { afterEach, expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";
import { type OpsServer, startOpsServer } from "./ops-server.ts";
import { createReadiness, type Readiness } from "./readiness.ts";

let server: OpsServer | undefined;
afterEach(() => server?.close());

async function get(path: string, readiness: Readiness = createReadiness(20)) {
  const metrics = createMetrics("edge");
  metrics.counter("requests_total", "Requests").inc(5);
  server = await startOpsServer({
    host: "127.0.0.1",
    port: 0,
    services: ["api", "gateway"],
    metrics,
    readiness,
  });
  return fetch(`http://127.0.0.1:${server.port}${path}`);
}

test("/healthz says which process this is, what it runs and what it uses", async () => {
  const response = await get("/healthz");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    ok: true,
    pid: process.pid,
    rssBytes: expect.any(Number),
    services: ["api", "gateway"],
    uptimeMs: expect.any(Number),
  });
});

test("/readyz names each check that fails or does not answer in time", async () => {
  const readiness = createReadiness(20);
  readiness.add("postgres", async () => undefined);
  readiness.add("redis", async () => Promise.reject(new Error("connection refused")));
  readiness.add("store", () => new Promise(() => undefined));
  const response = await get("/readyz", readiness);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
    checks: { postgres: "ok", redis: "connection refused", store: "no answer within 20 ms" },
  });
});

test("/readyz is ready when every check passes", async () => {
  const readiness = createReadiness();
  readiness.add("postgres", async () => undefined);
  expect((await get("/readyz", readiness)).status).toBe(200);
});

test("/metrics prints the registry", async () => {
  const response = await get("/metrics");
  expect(response.headers.get("content-type")).toContain("text/plain");
  expect(await response.text()).toContain('roadstead_requests_total{service="edge"} 5');
});
