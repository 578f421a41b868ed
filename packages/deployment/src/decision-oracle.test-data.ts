/** Judges decisions by the facts alone, in other words than the code that makes them; the simulator asks after each pass. */
import { reconcile } from "./reconcile.ts";
import type { ReconcileDecision, ServiceSnapshot, ServiceState, ServiceTask } from "./service-snapshot.ts";

const HOURS_6_MS = 6 * 3_600_000;

const goesOn = (task: ServiceTask) =>
  task.desiredStatus === "RUNNING" &&
  ["PLACING", "PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"].includes(task.lastStatus);

function isHealthy(task: ServiceTask, { nowMs, deployments, settings }: ServiceSnapshot): boolean {
  if (task.lastStatus !== "RUNNING" || !goesOn(task)) return false;
  const checked = deployments.find(({ id }) => id === task.deploymentId)?.hasHealthCheck ?? false;
  return checked ? task.health === "HEALTHY" : nowMs - (task.startedAtMs ?? nowMs) >= settings.healthyAfterMs;
}

/** Everything that is wrong with a decision, in words. */
export function faultsOf(snapshot: ServiceSnapshot, decision: ReconcileDecision): string[] {
  const { service } = snapshot;
  const primary = snapshot.deployments.find(({ status }) => status === "PRIMARY");
  const problems: string[] = [];
  const stopped = new Set(decision.stops.map(({ taskId }) => taskId));
  if (stopped.size !== decision.stops.length) problems.push("stops a task twice");
  const byId = new Map(snapshot.tasks.map((task) => [task.id, task]));
  for (const id of stopped) {
    const task = byId.get(id);
    if (!task || !goesOn(task)) problems.push(`stops ${id}, which is stopping already`);
  }
  if (decision.starts.some(({ deploymentId }) => deploymentId !== primary?.id))
    problems.push("starts a task of an old deployment");
  if (service.status !== "ACTIVE") return problems;
  problems.push(...breakerFaults(snapshot, decision));
  problems.push(
    ...(service.schedulingStrategy === "DAEMON" ? daemonFaults : replicaFaults)(snapshot, decision),
  );
  problems.push(...rolloutFaults(snapshot, decision));
  if (!isDeaf(snapshot, decision)) problems.push("sleeps through a moment that changes its mind");
  return problems;
}

const started = ({ starts }: ReconcileDecision) => starts.reduce((sum, { count }) => sum + count, 0);

function replicaFaults(snapshot: ServiceSnapshot, decision: ReconcileDecision): string[] {
  const { tasks, service, limits, instances } = snapshot;
  const problems = lowerFaults(snapshot, decision, tasks, service.desiredCount);
  const count = started(decision);
  if (count > 0 && (tasks.length + count) * 100 > service.desiredCount * limits.maximumPercent)
    problems.push(`${tasks.length} live and ${count} started are above the band`);
  const primary = snapshot.deployments.find(({ status }) => status === "PRIMARY");
  const draining = new Set(instances.filter(({ status }) => status === "DRAINING").map(({ id }) => id));
  const staying = tasks.filter(
    (task) =>
      task.deploymentId === primary?.id &&
      goesOn(task) &&
      task.health !== "UNHEALTHY" &&
      !draining.has(task.instanceId ?? ""),
  );
  if (count > 0 && staying.length + count > service.desiredCount) problems.push("starts more than desired");
  return problems;
}

function daemonFaults(snapshot: ServiceSnapshot, decision: ReconcileDecision): string[] {
  const suited = new Set(
    snapshot.instances.filter(({ status, eligible }) => status === "ACTIVE" && eligible).map(({ id }) => id),
  );
  const there = snapshot.tasks.filter(({ instanceId }) => suited.has(instanceId ?? ""));
  const taken = new Set(there.map(({ instanceId }) => instanceId));
  const problems = lowerFaults(snapshot, decision, there, suited.size);
  for (const id of decision.starts.flatMap(({ instanceIds }) => instanceIds ?? ["nowhere"])) {
    if (!suited.has(id)) problems.push(`starts on ${id}, which does not suit`);
    if (taken.has(id)) problems.push(`starts on ${id}, which has a task`);
    taken.add(id);
  }
  return problems;
}

/** Healthy tasks that we stop leave as many as the band asks for. */
function lowerFaults(
  snapshot: ServiceSnapshot,
  { stops }: ReconcileDecision,
  counted: readonly ServiceTask[],
  desired: number,
): string[] {
  const stopped = new Set(stops.map(({ taskId }) => taskId));
  const healthy = counted.filter((task) => isHealthy(task, snapshot));
  const left = healthy.filter(({ id }) => !stopped.has(id)).length;
  const broken = left < healthy.length && left * 100 < desired * snapshot.limits.minimumHealthyPercent;
  return broken ? [`leaves ${left} healthy of ${healthy.length}, below the band`] : [];
}

/** Only a breaker gives up, only what has failed and is not proven, and only once; what failed starts nothing more. */
function breakerFaults(snapshot: ServiceSnapshot, decision: ReconcileDecision): string[] {
  const { circuitBreaker } = snapshot.service;
  const primary = snapshot.deployments.find(({ status }) => status === "PRIMARY");
  const given = decision.deployments.filter(({ change }) => change === "FAILED");
  const problems: string[] = [];
  if (primary?.rolloutState === "FAILED" && started(decision) > 0) problems.push("starts what failed");
  if (decision.rollBack && (given.length !== 1 || primary?.isRollback || !circuitBreaker?.rollback))
    problems.push("rolls back without reason");
  if (given.length === 0) return problems;
  if (!circuitBreaker || primary?.rolloutState !== "IN_PROGRESS") problems.push("fails without a breaker");
  if ((primary?.failedTasks ?? 0) + (decision.tally?.failed ?? 0) < 2)
    problems.push("fails at the first failure");
  if (started(decision) + decision.stops.length > 0) problems.push("goes on with what it gives up");
  return problems;
}

/** A deployment ends with its last task, and is complete with as many healthy ones as desired and nobody else's. */
function rolloutFaults(snapshot: ServiceSnapshot, decision: ReconcileDecision): string[] {
  const desired = decision.desiredCount ?? snapshot.service.desiredCount;
  return decision.deployments.flatMap(({ id, change }) => {
    if (change === "FAILED") return [];
    const others = (task: ServiceTask) =>
      change === "COMPLETED" ? task.deploymentId !== id : task.deploymentId === id;
    const held = snapshot.tasks.some(
      (task) => others(task) && (goesOn(task) || ["RUNNING", "DEACTIVATING"].includes(task.lastStatus)),
    );
    if (change === "COMPLETED" && desired === 0) return [];
    const own = snapshot.tasks.filter((task) => task.deploymentId === id && isHealthy(task, snapshot));
    const unready = change === "COMPLETED" && own.length !== desired;
    return held || unready ? [`${id} is ${change} too early`] : [];
  });
}

const does = ({ starts, stops, deployments, messages, desiredCount }: ReconcileDecision): number =>
  starts.length + stops.length + deployments.length + messages.length + Number(desiredCount !== null);

/** A decision to do nothing holds until the moment at which it asked to be woken, and no longer matters after. */
function isDeaf(snapshot: ServiceSnapshot, decision: ReconcileDecision): boolean {
  if (does(decision) > 0 || snapshot.launchFailures.length > 0) return true;
  const { steadyAtMs, placement } = decision;
  const nowMs = (decision.wakeAtMs ?? snapshot.nowMs + 10 * HOURS_6_MS) - 1;
  if (nowMs < snapshot.nowMs) return false;
  return (
    does(reconcile({ ...snapshot, nowMs, service: { ...snapshot.service, steadyAtMs, placement } })) === 0
  );
}

/** Events that were said although they had been said, and nothing had been solved since. */
export class Transcript {
  readonly repeated: string[] = [];
  readonly #saidAtMs = new Map<string, number>();
  #steadySinceMs: number | null = null;

  /** A service that says a hundred other things in between forgets. */
  listen(
    { nowMs, service }: ServiceSnapshot,
    { messages, steadyAtMs, deployments }: ReconcileDecision,
  ): void {
    const steady = messages.find((message) => message.endsWith("has reached a steady state."));
    const news = this.#steadySinceMs === null || deployments.some(({ change }) => change === "COMPLETED");
    if (steady && !news && nowMs < (this.#steadySinceMs ?? 0) + HOURS_6_MS) this.repeated.push(steady);
    if (!steady && this.#steadySinceMs === null && steadyAtMs !== null)
      this.repeated.push("steady without a word");
    this.#steadySinceMs = steadyAtMs;
    for (const message of messages)
      if (this.#wasSaid(message, nowMs, service.notices)) this.repeated.push(message);
    for (const message of messages) {
      this.#saidAtMs.set(message, nowMs);
      // Steady again: every trouble there was is solved.
      if (message.endsWith("has reached a steady state.")) this.solved();
    }
  }

  #wasSaid(message: string, nowMs: number, notices: ServiceState["notices"]): boolean {
    if (/ has reached a steady state\.$| stopped \d+ pending tasks\.$/.test(message)) return false;
    const known = notices.length < 100 || notices.some((notice) => notice.message === message);
    return known && nowMs < (this.#saidAtMs.get(message) ?? Number.NEGATIVE_INFINITY) + HOURS_6_MS;
  }

  /** A new deployment is a new story, too. */
  solved(): void {
    for (const message of this.#saidAtMs.keys())
      if (message.includes("unable to")) this.#saidAtMs.delete(message);
  }
}
