/**
 * What load balancers mean for a service's tasks: a task counts as healthy when its targets do, and one that is to stop
 * drains first. `reconcile()` itself knows of tasks alone. Pure.
 */
import type { LoadedService, LoadedServiceTask } from "@roadstead/db/load-service";
import type { ServiceLoadBalancer } from "@roadstead/db/schema/service";
import type { NewTaskTarget, TaskAddress, TaskTarget } from "@roadstead/db/task-targets";
import type { ReconcileDecision, TaskStop } from "@roadstead/deployment/service-snapshot";
import { parseBalancerArn } from "@roadstead/model/balancer-arn";
import type { HealthStatus } from "@roadstead/model/task";

/** Health of targets is not rung for: as long as it may change, the service is looked at again after this. */
const LOOK_AGAIN_MS = 1_000;

export const isBalanced = ({ details }: Pick<LoadedService, "details">): boolean =>
  (details.loadBalancers ?? []).length > 0;

/** The service's tasks as `reconcile()` is to see them. */
export function tasksBehindBalancers(loaded: LoadedService): readonly LoadedServiceTask[] {
  if (!isBalanced(loaded)) return loaded.tasks;
  const targets = Map.groupBy(loaded.targets, ({ taskId }) => taskId);
  const unregistered = new Set(registrationsOf(loaded).map(({ taskId }) => taskId));
  return loaded.tasks.map((task) => {
    const own = targets.get(task.id) ?? [];
    if (own.length === 0)
      return unregistered.has(task.id) ? { ...task, health: "UNKNOWN" } : plain(loaded, task);
    return { ...task, health: worst([targetsHealth(own), containersHealth(loaded, task)]) };
  });
}

/** A task that no group can reach, such as one of an older definition without the port, is judged by itself. */
const plain = (loaded: LoadedService, task: LoadedServiceTask): LoadedServiceTask => ({
  ...task,
  health: task.lastStatus === "RUNNING" ? containersHealth(loaded, task) : task.health,
});

/** Containers without a health check have nothing against a task. */
function containersHealth({ deployments }: LoadedService, task: LoadedServiceTask): HealthStatus {
  const definition = deployments.find(({ id }) => id === task.deploymentId)?.definition;
  const checked = definition?.containerDefinitions.some((c) => c.essential && c.healthCheck !== undefined);
  return checked ? task.health : "HEALTHY";
}

function targetsHealth(targets: readonly TaskTarget[]): HealthStatus {
  if (targets.every(({ health }) => health === "healthy")) return "HEALTHY";
  return targets.some(({ health }) => health === "unhealthy") ? "UNHEALTHY" : "UNKNOWN";
}

const ORDER: readonly HealthStatus[] = ["UNHEALTHY", "UNKNOWN", "HEALTHY"];
const worst = (health: readonly HealthStatus[]): HealthStatus =>
  ORDER.find((status) => health.includes(status)) ?? "UNKNOWN";

export interface BalancingDecision {
  readonly registrations: readonly NewTaskTarget[];
  readonly drains: readonly string[];
  readonly drained: readonly string[];
  readonly stops: readonly TaskStop[];
  readonly messages: readonly string[];
  readonly wakeAtMs: number | null;
}

/**
 * Registers what runs, drains what serves and is to stop, whoever wants that, and lets go what is drained. Also a service
 * that has no load balancers any more has such tasks.
 */
export function balance(loaded: LoadedService, decision: ReconcileDecision): BalancingDecision {
  const unhealthy = new Map(
    loaded.targets.filter(({ health }) => health === "unhealthy").map((target) => [target.taskId, target]),
  );
  const stopping = new Set(decision.stops.map(({ taskId }) => taskId));
  const deactivating = new Set(loaded.tasks.filter(isDeactivating).map(({ id }) => id));
  const drains = new Set(
    loaded.targets
      .filter(({ taskId }) => stopping.has(taskId) || deactivating.has(taskId))
      .filter(({ exists, state }) => exists && state === "registered")
      .map(({ taskId }) => taskId),
  );
  const registrations = registrationsOf(loaded).filter(({ taskId }) => !stopping.has(taskId));
  const pending = registrations.length + drains.size > 0 || loaded.targets.some(isUnsettled);
  const lookAgainMs = pending ? loaded.nowMs + LOOK_AGAIN_MS : null;
  return {
    registrations,
    drains: [...drains],
    drained: drainedOf(loaded, deactivating),
    stops: decision.stops.map((stop) => ({
      ...stop,
      reason: groupsReason(loaded, unhealthy.get(stop.taskId)) ?? stop.reason,
    })),
    messages: messagesOf(loaded, decision.messages, { registrations, drains }),
    wakeAtMs: [decision.wakeAtMs, lookAgainMs].filter((at) => at !== null).sort((a, b) => a - b)[0] ?? null,
  };
}

const isDeactivating = ({ lastStatus }: LoadedServiceTask): boolean => lastStatus === "DEACTIVATING";

const isUnsettled = ({ state, health }: TaskTarget): boolean => state === "draining" || health !== "healthy";

/** Of those that are to stop, the ones whose targets are gone, with their group or without: nobody is served by them any more. */
function drainedOf({ targets }: LoadedService, deactivating: ReadonlySet<string>): readonly string[] {
  return [...Map.groupBy(targets, ({ taskId }) => taskId)].flatMap(([id, own]) =>
    deactivating.has(id) && own.every(({ exists }) => !exists) ? [id] : [],
  );
}

/** Why a task behind a load balancer was given up: its group says so, where its containers do not. */
function groupsReason({ details }: LoadedService, target: TaskTarget | undefined): string | null {
  const arn = details.loadBalancers?.find(({ targetGroupArn }) =>
    targetGroupArn.endsWith(`/${target?.targetGroupId}`),
  )?.targetGroupArn;
  return target && arn ? `Task failed ELB health checks in (target-group ${arn})` : null;
}

/** By the host ports that Docker chose, or by the task's own address; a definition without the port has no place in the group. */
function registrationsOf({ details, unregistered, targets }: LoadedService): readonly NewTaskTarget[] {
  const known = new Set(targets.map(({ taskId }) => taskId));
  return unregistered
    .filter(({ taskId }) => !known.has(taskId))
    .flatMap((task) => (details.loadBalancers ?? []).flatMap((balancer) => targetOf(task, balancer) ?? []));
}

function targetOf(
  { taskId, machineId, containers, privateIp }: TaskAddress,
  { targetGroupArn, containerName, containerPort }: ServiceLoadBalancer,
): NewTaskTarget | null {
  const targetGroupId = parseBalancerArn(targetGroupArn)?.id;
  if (!targetGroupId) return null;
  const container = containers.find(({ name }) => name === containerName);
  if (privateIp !== null) {
    return container ? { taskId, targetGroupId, targetId: privateIp, port: containerPort } : null;
  }
  const binding = container?.networkBindings.find((b) => b.containerPort === containerPort);
  if (binding?.hostPort === undefined) return null;
  return { taskId, targetGroupId, targetId: machineId, port: binding.hostPort };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html */
function messagesOf(
  { name, details, targets }: LoadedService,
  said: readonly string[],
  done: { readonly registrations: readonly NewTaskTarget[]; readonly drains: ReadonlySet<string> },
): readonly string[] {
  const say = (text: string) => `(service ${name}) ${text}`;
  const groups = (details.loadBalancers ?? []).map(({ targetGroupArn }) => targetGroupArn);
  const count = (list: readonly { readonly targetGroupId: string }[], arn: string) =>
    list.filter(({ targetGroupId }) => arn.endsWith(`/${targetGroupId}`)).length;
  const of = (taskIds: ReadonlySet<string>) => targets.filter(({ taskId }) => taskIds.has(taskId));
  const counted = (verb: string, list: readonly { readonly targetGroupId: string }[]) =>
    groups.flatMap((arn) => {
      const number = count(list, arn);
      return number > 0 ? [say(`${verb} ${number} targets in (target-group ${arn})`)] : [];
    });
  return [
    ...counted("registered", done.registrations),
    ...said,
    ...counted("deregistered", of(done.drains)),
    ...(done.drains.size > 0 ? [say(`has begun draining connections on ${done.drains.size} tasks.`)] : []),
  ];
}
