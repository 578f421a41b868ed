/** Guarantees of the minutes of AWS/ApplicationELB on a real HAProxy and a real PostgreSQL. */

import { get as request } from "node:http";
import { readMetricStatistics } from "@roadstead/db/metric-read";
import { useDb } from "@roadstead/db/world.test-data";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aBalancer, BALANCER, type BalancerWorld, GROUP, get, SOON } from "./balancer-world.test-data.ts";
import { countRequests } from "./count-requests.ts";
import { aHaproxy, aTarget, HAPROXY, type TestHaproxy, type TestTarget } from "./haproxy.test-data.ts";

if (HAPROXY === null) process.stderr.write("skipped: HAProxy is not installed\n");

const at = useDb();
const MINUTE_MS = 60_000;
let haproxy: TestHaproxy;
let target: TestTarget;

const count = () => countRequests({ db: at.db, folder: haproxy.folder, minuteMs: MINUTE_MS });
const ask = async (url: string, times: number) => {
  for (let time = 0; time < times; time++) await askOnce(url);
};
/** On a connection of its own, which no worker that was replaced still holds. */
const askOnce = (url: string) =>
  new Promise<void>((resolve, reject) => {
    request(url, { agent: false }, (response) => response.resume().on("end", resolve)).on("error", reject);
  });

/** What all minutes together say, whatever the names in the ARNs. */
async function sumOf(world: BalancerWorld, metricName: string, of: "LoadBalancer" | "both" = "LoadBalancer") {
  const [names] = await at.db.query<{ balancer: string; group: string }>(
    `SELECT 'app/' || b.name || '/' || b.id AS balancer, 'targetgroup/' || g.name || '/' || g.id AS group
     FROM load_balancers b, target_groups g WHERE b.id = $1 AND g.id = $2`,
    [BALANCER, GROUP],
  );
  const dimensions = {
    LoadBalancer: names?.balancer ?? "",
    ...(of === "both" ? { TargetGroup: names?.group ?? "" } : {}),
  };
  const points = await readMetricStatistics(at.db, world.scopeId, {
    namespace: "AWS/ApplicationELB",
    metricName,
    dimensions,
    startMs: 0,
    endMs: Date.now() + MINUTE_MS,
    periodMs: MINUTE_MS,
    unit: null,
  });
  return points.reduce((sum, point) => sum + point.sum, 0);
}

describe.skipIf(HAPROXY === null)("requests through a load balancer", () => {
  beforeEach(async () => {
    haproxy = await aHaproxy();
    target = await aTarget();
    await haproxy.start();
  });
  afterEach(async () => {
    await haproxy.remove();
    await target.close();
  });

  const aServing = async () => {
    const world = await aBalancer(at.db, haproxy);
    await world.runs();
    await world.register(GROUP, target.port);
    await world.until(GROUP, target.port, "healthy");
    return world;
  };

  /** HAProxy's master does not answer while it replaces its worker; what was counted is counted at the next look. */
  const counted = (world: BalancerWorld) => async () => {
    await count();
    return sumOf(world, "RequestCount");
  };

  test("are each counted once, however many replicas look at the same time", async () => {
    const world = await aServing();
    await ask(world.url, 20);
    await Promise.all([count(), count(), count()]);
    await ask(world.url, 5);
    await Promise.all([count(), count()]);
    await expect.poll(counted(world), SOON).toBe(25);
    await Promise.all([count(), count()]);
    expect(await sumOf(world, "RequestCount")).toBe(25);
    expect(await sumOf(world, "RequestCount", "both")).toBe(25);
    expect(await sumOf(world, "HTTPCode_Target_2XX_Count", "both")).toBe(25);
    expect(await sumOf(world, "RequestCountPerTarget", "both")).toBe(25);
    expect(await sumOf(world, "HTTPCode_ELB_5XX_Count")).toBe(0);
    expect(await sumOf(world, "HealthyHostCount", "both")).toBeGreaterThanOrEqual(1);
    const times = await at.db.query("SELECT 1 FROM metrics WHERE name = 'TargetResponseTime'");
    expect(times).toHaveLength(2);
  });

  test("are counted over a reload, of the worker that leaves and of the one that comes", async () => {
    const world = await aServing();
    await count();
    await ask(world.url, 7);
    await count();
    await world.addRule(1, [{ field: "path-pattern", values: ["/fixed"] }], {
      type: "fixed-response",
      statusCode: 503,
      contentType: "text/plain",
      messageBody: "no",
    } as never);
    await world.reloads();
    await ask(world.url, 6);
    await ask(`${world.url}/fixed`, 3);
    await expect.poll(counted(world), SOON).toBe(13);
    expect(await sumOf(world, "HTTPCode_ELB_5XX_Count")).toBe(3);
    expect(await sumOf(world, "HTTPCode_Target_5XX_Count")).toBe(0);
  });

  test("are counted on by a HAProxy that was killed and started again", async () => {
    const world = await aServing();
    await ask(world.url, 4);
    await count();
    await haproxy.kill();
    await count();
    await haproxy.start();
    await world.runs();
    await world.until(GROUP, target.port, "healthy");
    await expect.poll(async () => (await get(world.url)).status, SOON).toBe(200);
    await expect.poll(counted(world), SOON).toBeGreaterThanOrEqual(5);
    const before = await sumOf(world, "RequestCount");
    await ask(world.url, 3);
    await expect.poll(counted(world), SOON).toBe(before + 3);
  });
});
