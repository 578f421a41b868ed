/** Commits what the deployer decided about one service: tasks started and stopped, deployments moved, events said. */
import { rollingBackMessage } from "@roadstead/deployment/messages";
import { shareOut } from "@roadstead/model/capacity-strategy";
import type { FargateProvider } from "@roadstead/model/fargate";
import { takeBells } from "./bells.ts";
import type { WriteTx } from "./connect.ts";
import { type NewTask, openLaunchRequest } from "./launch-requests.ts";
import type { LoadedDeployment, LoadedService } from "./load-service.ts";
import type { PlacementBackoff } from "./schema/service.ts";
import { insertServiceEvents } from "./service-events.ts";
import { beginRollback, countFailures, moveDeployment } from "./service-rollouts.ts";
import { drainTaskTargets, endDraining, type NewTaskTarget, registerTaskTargets } from "./task-targets.ts";
import { transitionTasks } from "./transition-tasks.ts";

/** A service's launch waits for its placement: nobody waits for an answer, and the deployer takes it back itself. */
const LAUNCH_DEADLINE_MS = 365 * 24 * 3_600_000;

export interface ServiceLaunch {
  readonly deployment: LoadedDeployment;
  readonly task: NewTask;
  readonly count: number;
  /** One task on each; null leaves the choice to placement. */
  readonly instanceIds: readonly string[] | null;
  readonly replacedUnhealthy: number;
}

export interface ServiceReconciliation {
  readonly launches: readonly ServiceLaunch[];
  readonly stops: readonly { readonly taskId: string; readonly reason: string }[];
  /** Tasks that are to become targets, those that are to get no new requests, and those that are through and may stop. */
  readonly registrations: readonly NewTaskTarget[];
  readonly drains: readonly string[];
  readonly drained: readonly string[];
  readonly deployments: readonly {
    readonly id: string;
    readonly change: "COMPLETED" | "INACTIVE" | "FAILED";
    readonly reason: string;
  }[];
  /** What is added to a deployment's count of failures, and the newest of its tasks that was healthy. */
  readonly tally: {
    readonly deploymentId: string;
    readonly failed: number;
    readonly provenAtMs: number | null;
  } | null;
  readonly rollBack: boolean;
  /** Of a DAEMON, when it differs. */
  readonly desiredCount: number | null;
  readonly messages: readonly string[];
  readonly steadyAtMs: number | null;
  readonly status: "ACTIVE" | "DRAINING" | "INACTIVE";
  readonly placement: PlacementBackoff;
  readonly wakeAtMs: number | null;
}

/**
 * False when the service changed since it was loaded: nothing was done, and its bell stays. Locks the service,
 * then its tasks and what `transitionTasks` locks, then deployments.
 */
export async function commitReconciliation(
  tx: WriteTx,
  loaded: LoadedService,
  decision: ServiceReconciliation,
): Promise<boolean> {
  if (!(await claimService(tx, loaded, decision))) return false;
  const running = await holdTasks(tx, decision);
  await stopTasks(tx, loaded, decision.stops);
  await registerTaskTargets(
    tx,
    loaded.scopeId,
    decision.registrations.filter(({ taskId }) => running.has(taskId)),
  );
  await drainTaskTargets(tx, loaded.scopeId, decision.drains);
  await endDraining(tx, decision.drained);
  for (const launch of decision.launches) await launchTasks(tx, loaded, launch);
  await moveDeployments(tx, loaded, decision);
  const rolledBackTo = decision.rollBack ? await rollBack(tx, loaded) : null;
  const messages = [
    ...decision.messages,
    ...(rolledBackTo === null ? [] : [rollingBackMessage(loaded.name, rolledBackTo)]),
  ];
  await insertServiceEvents(
    tx,
    messages.map((message) => ({ serviceId: loaded.id, message })),
  );
  await tx.query("DELETE FROM launch_requests WHERE id = ANY($1)", [loaded.answered.map(({ id }) => id)]);
  await takeBells(tx, "reconcileService", loaded.id, loaded.newestBell);
  await setTimer(tx, loaded, decision.wakeAtMs);
  return true;
}

/** The version makes of two passes that saw the same one: the second starts over. */
async function claimService(
  tx: WriteTx,
  loaded: LoadedService,
  decision: ServiceReconciliation,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE services SET version = version + 1, status = $3, desired_count = coalesce($4, desired_count),
       steady_at = to_timestamp($5::float8 / 1000), placement = $6,
       deactivated_at = CASE WHEN $3 = 'INACTIVE' THEN coalesce(deactivated_at, now()) ELSE deactivated_at END
     WHERE id = $1 AND version = $2 RETURNING 1`,
    [
      loaded.id,
      loaded.version,
      decision.status,
      decision.desiredCount,
      decision.steadyAtMs,
      JSON.stringify(decision.placement),
    ],
    "service-claim",
  );
  return rows.length > 0;
}

/** Those that still run: who was told to stop meanwhile, or has stopped, becomes no target any more. */
async function holdTasks(
  tx: WriteTx,
  { stops, registrations, drains, drained }: ServiceReconciliation,
): Promise<ReadonlySet<string>> {
  const concerned = [...stops, ...registrations].map(({ taskId }) => taskId);
  const ids = [...concerned, ...drains, ...drained];
  if (ids.length === 0) return new Set();
  const rows = await tx.query<{ id: string; runs: boolean }>(
    `SELECT task_id AS id, last_status = 'RUNNING' AND desired_status = 'RUNNING' AS runs
     FROM task_state WHERE task_id = ANY($1) ORDER BY task_id FOR UPDATE`,
    [ids],
    "service-tasks-hold",
  );
  return new Set(rows.flatMap(({ id, runs }) => (runs ? [id] : [])));
}

/** A task that was never seen goes without a trace; one that was placed meanwhile is met again by the next pass. */
async function stopTasks(
  tx: WriteTx,
  loaded: LoadedService,
  stops: ServiceReconciliation["stops"],
): Promise<void> {
  const hidden = new Set(loaded.tasks.filter((t) => t.lastStatus === "PLACING").map(({ id }) => id));
  const placing = stops.filter(({ taskId }) => hidden.has(taskId)).map(({ taskId }) => taskId);
  if (placing.length > 0) {
    await withdrawPlacing(tx, placing);
    // Nobody reports what was never seen: whether the service is done with them is for the next pass to see.
    tx.bell("reconcileService", loaded.id);
  }
  await transitionTasks(
    tx,
    stops
      .filter(({ taskId }) => !hidden.has(taskId))
      .map(({ taskId, reason }) => ({
        taskId,
        stop: { stopCode: "ServiceSchedulerInitiated", stoppedReason: reason },
      })),
  );
}

async function withdrawPlacing(tx: WriteTx, taskIds: readonly string[]): Promise<void> {
  const still = await tx.query<{ id: string }>(
    `SELECT task_id AS id FROM task_state WHERE task_id = ANY($1) AND last_status = 'PLACING'
     ORDER BY task_id FOR UPDATE`,
    [taskIds],
    "placing-withdraw-lock",
  );
  await tx.query("DELETE FROM tasks WHERE id = ANY($1)", [still.map(({ id }) => id)], "placing-withdraw");
}

async function launchTasks(tx: WriteTx, loaded: LoadedService, launch: ServiceLaunch): Promise<void> {
  const { deployment, task, count, instanceIds, replacedUnhealthy } = launch;
  await openLaunchRequest(tx, {
    scopeId: loaded.scopeId,
    clusterId: loaded.clusterId,
    clientToken: null,
    requestHash: "",
    deadlineMs: LAUNCH_DEADLINE_MS,
    parameters: {
      constraints: loaded.details.placementConstraints,
      strategy: loaded.details.placementStrategy,
      ...(replacedUnhealthy > 0 ? { replacedUnhealthy } : {}),
    },
    instanceIds,
    task,
    count,
    providers: await providersOf(tx, loaded, count),
    service: { serviceId: loaded.id, deploymentId: deployment.id },
  });
}

/** Where the service has a strategy. */
async function providersOf(tx: WriteTx, { id, details }: LoadedService, count: number) {
  const strategy = details.capacityProviderStrategy;
  if (!strategy) return null;
  const running = await tx.query<{ provider: FargateProvider; count: number }>(
    `SELECT t.capacity_provider AS provider, count(*)::int AS count FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.service_id = $1 AND s.last_status <> 'STOPPED' AND s.desired_status = 'RUNNING'
       AND t.capacity_provider IS NOT NULL GROUP BY 1`,
    [id],
    "service-providers",
  );
  return shareOut(strategy, new Map(running.map((row) => [row.provider, row.count])), count);
}

/** Deployments that begin, complete, or have no task left; a service deployment is finished with its rollout. */
async function moveDeployments(
  tx: WriteTx,
  loaded: LoadedService,
  decision: ServiceReconciliation,
): Promise<void> {
  const begun = loaded.deployments.filter((d) => d.serviceDeploymentStatus === "PENDING").map(({ id }) => id);
  if (begun.length > 0) {
    await tx.query(
      `UPDATE service_deployments SET service_deployment_status = 'IN_PROGRESS', started_at = now(), updated_at = now()
       WHERE id = ANY($1) AND service_deployment_status = 'PENDING'`,
      [begun],
    );
  }
  if (decision.tally) await countFailures(tx, decision.tally);
  for (const change of decision.deployments) await moveDeployment(tx, change);
  if (decision.desiredCount !== null) {
    await tx.query(
      "UPDATE service_deployments SET desired_count = $2 WHERE service_id = $1 AND status = 'PRIMARY'",
      [loaded.id, decision.desiredCount],
    );
  }
}

async function rollBack(tx: WriteTx, loaded: LoadedService): Promise<string | null> {
  const failed = loaded.deployments.find(({ status }) => status === "PRIMARY");
  const { completedRevisionId: revisionId } = loaded;
  if (!failed || revisionId === null) return null;
  return beginRollback(tx, { serviceId: loaded.id, failedId: failed.id, revisionId });
}

/** At most one timer a service: the newest decision knows best when time alone changes something. */
async function setTimer(tx: WriteTx, loaded: LoadedService, wakeAtMs: number | null): Promise<void> {
  await tx.query(
    "DELETE FROM bells WHERE kind = 'reconcileService' AND key = $1 AND not_before > now() AND attempts = 0",
    [loaded.id],
    "service-timer-clear",
  );
  if (wakeAtMs !== null)
    tx.bell("reconcileService", loaded.id, Math.max(1, Math.ceil(wakeAtMs - loaded.nowMs)));
}
