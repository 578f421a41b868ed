/** A service that can be scaled, with its tasks, metrics and alarms, for tests of passes on real PostgreSQL. */
import { lockAlarms, setAlarmState } from "@roadstead/db/alarm-states";
import { putAlarm } from "@roadstead/db/alarms";
import type { Db } from "@roadstead/db/connect";
import { recordMetricData } from "@roadstead/db/metric-write";
import { findTargetById, putTarget, type WantedTarget } from "@roadstead/db/scalable-targets";
import { listActivities } from "@roadstead/db/scaling-activities";
import { putPolicy } from "@roadstead/db/scaling-policies";
import type { PolicyConfiguration } from "@roadstead/db/schema/scaling";
import { createService, lockService, updateService } from "@roadstead/db/services";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { aLaunch, aWorld, openLaunch, placeAll, useDb } from "@roadstead/db/world.test-data";
import { scalingPolicyArn } from "@roadstead/model/scaling-arn";
import type { AlarmState, ComparisonOperator } from "@roadstead/scaling/alarm";
import { newUuid } from "@roadstead/service-kit/ids";
import { scaleTarget } from "./scale-target.ts";

export const at = useDb();
/** A minute of metrics lasts an hour here, so that none ends while a test works on what it has measured. */
export const MINUTE_MS = 3_600_000;
const RESOURCE_ID = "service/default/web";
const METRIC = {
  namespace: "AWS/ECS",
  metricName: "CPUUtilization",
  dimensions: { ClusterName: "default", ServiceName: "web" },
};

/** A service whose first deployment is completed, and a scalable target of it. */
export async function aTarget(count: number, bounds: Partial<WantedTarget> = {}) {
  const world = await aWorld(at.db);
  const created = await at.db.write((tx) =>
    createService(tx, {
      scopeId: world.scope.id,
      clusterId: world.cluster.id,
      name: "web",
      schedulingStrategy: "REPLICA",
      launchType: "EC2",
      desiredCount: count,
      taskDefinitionId: world.definition.id,
      details: {
        deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
        placementConstraints: [],
        placementStrategy: [],
        healthCheckGracePeriodSeconds: null,
        enableECSManagedTags: false,
        propagateTags: "NONE",
        availabilityZoneRebalancing: "DISABLED",
      },
      tags: [],
      enableExecuteCommand: false,
      clientToken: null,
      requestHash: "hash",
      createdBy: "arn:aws:iam::000000000000:root",
    }),
  );
  if (created.kind !== "created") throw new Error("not created");
  const suspended = { scaleIn: false, scaleOut: false, scheduled: false };
  const wanted = { minCapacity: 2, maxCapacity: 6, suspended, tags: [], ...bounds };
  const key = { scopeId: world.scope.id, resourceId: RESOURCE_ID };
  const target = await at.db.write((tx) => putTarget(tx, key, wanted));
  const subject = { world, serviceId: created.service.id, target };
  await rollout(subject, "COMPLETED");
  await run(subject, count);
  return subject;
}

export type Subject = Awaited<ReturnType<typeof aTarget>>;

export const rollout = ({ serviceId }: Pick<Subject, "serviceId">, state: "COMPLETED" | "IN_PROGRESS") =>
  at.db.query("UPDATE service_deployments SET rollout_state = $2 WHERE service_id = $1", [serviceId, state]);

/** Starts or stops tasks until so many run, as deployer and agents would. */
export async function run({ world, serviceId }: Pick<Subject, "world" | "serviceId">, wanted: number) {
  const tasks = await running(serviceId);
  const excess = tasks.slice(wanted);
  await at.db.write((tx) =>
    transitionTasks(
      tx,
      excess.map(({ id }) => ({ taskId: id, lastStatus: "STOPPED" as const })),
    ),
  );
  if (tasks.length >= wanted) return;
  const [deployment] = await at.db.query<{ id: string }>(
    "SELECT id FROM service_deployments WHERE service_id = $1 AND status = 'PRIMARY'",
    [serviceId],
  );
  const launch = aLaunch(world, { count: wanted - tasks.length });
  const small = { ...launch.task, demand: { cpu: 16, memoryMiB: 8, ports: [], gpus: 0 } };
  await openLaunch(at.db, {
    ...launch,
    task: small,
    service: { serviceId, deploymentId: deployment?.id ?? "" },
  });
  await placeAll(at.db, world);
  const started = await at.db.query<{ id: string }>(
    "SELECT task_id AS id FROM task_state WHERE service_id = $1 AND last_status = 'PENDING'",
    [serviceId],
  );
  await at.db.write((tx) =>
    transitionTasks(
      tx,
      started.map(({ id }) => ({ taskId: id, lastStatus: "RUNNING" as const })),
    ),
  );
}

const running = (serviceId: string) =>
  at.db.query<{ id: string }>(
    "SELECT task_id AS id FROM task_state WHERE service_id = $1 AND last_status = 'RUNNING' ORDER BY 1",
    [serviceId],
  );

export const TRACKING = {
  type: "TargetTrackingScaling",
  targetValue: 60,
  predefined: { metricType: "ECSServiceAverageCPUUtilization" },
  disableScaleIn: false,
} as const satisfies PolicyConfiguration;

/** A policy with an alarm that has it as its action. */
export async function aPolicy(
  { world, target }: Subject,
  configuration: PolicyConfiguration,
  alarm: { readonly name: string; readonly comparison: ComparisonOperator; readonly threshold: number },
) {
  const id = newUuid();
  const name = `${alarm.name}-policy`;
  const arn = scalingPolicyArn(world.scope, { id, resourceId: RESOURCE_ID, name });
  await at.db.write(async (tx) => {
    await putPolicy(tx, target.id, id, { name, configuration, alarmNames: [] });
    await putAlarm(tx, world.scope.id, {
      name: alarm.name,
      actionsEnabled: true,
      definition: {
        description: null,
        okActions: [],
        alarmActions: [arn],
        insufficientDataActions: [],
        metric: { ...METRIC, statistic: "Average", periodSeconds: 60, unit: null },
        queries: null,
        comparisonOperator: alarm.comparison,
        threshold: alarm.threshold,
        evaluationPeriods: 2,
        datapointsToAlarm: null,
        treatMissingData: null,
      },
    });
  });
}

export const high = { name: "high", comparison: "GreaterThanThreshold", threshold: 60 } as const;
export const low = { name: "low", comparison: "LessThanThreshold", threshold: 54 } as const;

/** What the evaluation of an alarm leaves behind. */
export const evaluated = ({ world }: Subject, name: string, state: AlarmState = "ALARM") =>
  at.db.write(async (tx) => {
    for (const alarm of await lockAlarms(tx, world.scope.id, [name])) {
      await setAlarmState(tx, alarm, { state, reason: "for a test", reasonData: null });
    }
  });

/** The metric in each of the last whole minutes, the newest last. */
export async function measured({ world }: Subject, ...values: readonly number[]) {
  const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  await at.db.query("DELETE FROM metrics");
  await recordMetricData(
    at.db,
    world.scope.id,
    values.map((value, n) => ({
      ...METRIC,
      atMs: endMs - (values.length - n) * MINUTE_MS,
      unit: "Percent",
      sampleCount: 1,
      sum: value,
      minimum: value,
      maximum: value,
    })),
  );
}

export const pass = ({ target }: Subject, db: Db = at.db) =>
  scaleTarget({ db, minuteMs: MINUTE_MS }, target.id);

export const setDesiredCount = ({ world }: Subject, desiredCount: number) =>
  at.db.write(async (tx) => {
    const held = await lockService(tx, world.cluster.id, "web");
    if (held) await updateService(tx, held, { ...held, desiredCount, newDeployment: false });
  });

export async function desired({ serviceId }: Subject): Promise<number> {
  const [row] = await at.db.query<{ count: number }>(
    "SELECT desired_count AS count FROM services WHERE id = $1",
    [serviceId],
  );
  return row?.count ?? -1;
}

/** Newest first. */
export const activities = ({ world }: Subject) =>
  listActivities(at.db, {
    scopeId: world.scope.id,
    resourceId: RESOURCE_ID,
    withNotScaled: true,
    beforeId: "",
    limit: 50,
  });

/** Moves all that was done into the past. */
export const later = (seconds: number) =>
  at.db.query(
    `UPDATE scaling_activities SET started_at = started_at - make_interval(secs => $1),
       ended_at = ended_at - make_interval(secs => $1)`,
    [seconds],
  );

export const bells = ({ target }: Subject) =>
  at.db.query<{ inMs: number }>(
    `SELECT (extract(epoch FROM not_before - now()) * 1000)::float8 AS "inMs" FROM bells
     WHERE kind = 'scaleTarget' AND key = $1 ORDER BY 1`,
    [target.id],
  );

export const targetRow = ({ target }: Subject) => findTargetById(at.db, target.id);
