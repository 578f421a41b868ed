/** Guarantees of the minutes of AWS/ECS on real PostgreSQL. */
import { openSession, recordMetrics } from "@roadstead/db/agent-sessions";
import { readMetricStatistics } from "@roadstead/db/metric-read";
import { expect, test } from "vitest";
import { makeMinutes } from "./make-minutes.ts";
import { aTarget, at, MINUTE_MS, type Subject } from "./scaling-world.test-data.ts";

const make = () => makeMinutes({ db: at.db, minuteMs: MINUTE_MS });
const SERVICE = { ClusterName: "default", ServiceName: "web" };
const CLUSTER = { ClusterName: "default" };

const points = (metricName: string, dimensions: Record<string, string>, { world }: Subject) =>
  readMetricStatistics(at.db, world.scope.id, {
    namespace: "AWS/ECS",
    metricName,
    dimensions,
    startMs: 0,
    endMs: Date.now() + MINUTE_MS,
    periodMs: MINUTE_MS,
    unit: "Percent",
  });

const tasksOf = async ({ serviceId }: Subject): Promise<readonly string[]> => {
  const rows = await at.db.query<{ id: string }>(
    "SELECT task_id AS id FROM task_state WHERE service_id = $1 AND last_status = 'RUNNING' ORDER BY 1",
    [serviceId],
  );
  return rows.map(({ id }) => id);
};

/** Says what tasks of 16 units and 8 MiB use, so many minutes ago. */
async function sample(
  { world }: Subject,
  used: readonly { readonly taskId: string; readonly cpuPercent: number; readonly memoryMiB: number }[],
  minutesAgo: number,
): Promise<void> {
  const session = await at.db.write((tx) =>
    openSession(tx, { instanceId: world.instance.id, gatewayId: "g", versionInfo: {} }),
  );
  await recordMetrics(
    at.db,
    session,
    new Date(),
    used.map((one) => ({ ...one, containerName: "app" })),
  );
  await at.db.query(
    `UPDATE task_samples SET at = to_timestamp((floor(extract(epoch FROM now()) * 1000 / $2) - $1) * $2 / 1000)
       + interval '20 seconds' WHERE at > now() - interval '1 minute'`,
    [minutesAgo, MINUTE_MS],
  );
}

/** As if the last minute that was made were so long ago. */
const lastMade = (minutesAgo: number) =>
  at.db.query(
    `INSERT INTO metric_sources (source, closed_ms)
     VALUES ('AWS/ECS', (floor(extract(epoch FROM now()) * 1000 / $2::int8)::int8 - $1::int) * $2::int8)
     ON CONFLICT (source) DO UPDATE SET closed_ms = excluded.closed_ms`,
    [minutesAgo, MINUTE_MS],
  );

test("a service's utilisation is what its tasks use of what they reserve, one sample a task", async () => {
  const subject = await aTarget(2);
  const [first = "", second = ""] = await tasksOf(subject);
  await sample(
    subject,
    [
      { taskId: first, cpuPercent: 1.5625, memoryMiB: 4 },
      { taskId: second, cpuPercent: 3.125, memoryMiB: 8 },
    ],
    2,
  );
  await lastMade(3);
  expect(await make()).toBeGreaterThanOrEqual(1);
  expect(await points("CPUUtilization", SERVICE, subject)).toMatchObject([
    { sampleCount: 2, sum: 300, minimum: 100, maximum: 200 },
  ]);
  expect(await points("MemoryUtilization", SERVICE, subject)).toMatchObject([
    { sampleCount: 2, sum: 150, minimum: 50, maximum: 100 },
  ]);
});

test("a cluster's reservation is what tasks hold of its machines", async () => {
  const subject = await aTarget(2);
  await lastMade(3);
  await make();
  expect(await points("CPUReservation", CLUSTER, subject)).toMatchObject([
    { sampleCount: 1, sum: 3.125, unit: "Percent" },
  ]);
  expect(await points("MemoryReservation", CLUSTER, subject)).toMatchObject([{ sum: 1.6 }]);
});

test("without a running task there is no point, and not a zero", async () => {
  const subject = await aTarget(2);
  await lastMade(3);
  await make();
  expect(await points("CPUUtilization", SERVICE, subject)).toEqual([]);
});

test("each minute is made once, by whichever replica, and missed ones are made later", async () => {
  const subject = await aTarget(1, { minCapacity: 1 });
  const [taskId = ""] = await tasksOf(subject);
  const used = [{ taskId, cpuPercent: 1.5625, memoryMiB: 4 }];
  await sample(subject, used, 4);
  await sample(subject, used, 2);
  await lastMade(6);
  const made = await Promise.all([make(), make(), make()]);
  expect(made.filter((count) => count > 0)).toHaveLength(1);
  // A replica that died after its commit and before anybody heard of it: the same minutes come again.
  await lastMade(6);
  await make();
  expect(await points("CPUUtilization", SERVICE, subject)).toMatchObject([
    { sampleCount: 1, sum: 100 },
    { sampleCount: 1, sum: 100 },
  ]);
});

test("samples are kept until no minute is made of them any more", async () => {
  const subject = await aTarget(1, { minCapacity: 1 });
  const [taskId = ""] = await tasksOf(subject);
  await sample(subject, [{ taskId, cpuPercent: 1, memoryMiB: 1 }], 15);
  await sample(subject, [{ taskId, cpuPercent: 1, memoryMiB: 1 }], 2);
  await lastMade(3);
  await make();
  expect(await at.db.query("SELECT 1 FROM task_samples")).toHaveLength(1);
});
