/** Services, deployments and tasks for the tests of reconciliation; a test states only what it is about. */
import type {
  DeploymentState,
  ServiceInstance,
  ServiceSnapshot,
  ServiceState,
  ServiceTask,
} from "./service-snapshot.ts";

export const NOW_MS = 1_800_000_000_000;
export const NEW = "ecs-svc/2";
export const OLD = "ecs-svc/1";

export const aTask = (over: Partial<ServiceTask> & { id: string }): ServiceTask => ({
  deploymentId: NEW,
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  health: "UNKNOWN",
  startedAtMs: NOW_MS - 60_000,
  createdAtMs: NOW_MS - 70_000,
  instanceId: null,
  ...over,
});

/** `count` tasks that are healthy unless `over` says otherwise, named by a prefix. */
export const some = (count: number, prefix: string, over: Partial<ServiceTask> = {}): ServiceTask[] =>
  Array.from({ length: count }, (_, i) => aTask({ id: `${prefix}${i}`, ...over }));

export const newTasks = (count: number, over: Partial<ServiceTask> = {}) => some(count, "new", over);
export const oldTasks = (count: number, over: Partial<ServiceTask> = {}) =>
  some(count, "old", { deploymentId: OLD, ...over });
export const stopping = (count: number, deploymentId = OLD) =>
  some(count, "stopping", { deploymentId, desiredStatus: "STOPPED" });

export const aDeployment = (over: Partial<DeploymentState> = {}): DeploymentState => ({
  id: NEW,
  status: "PRIMARY",
  rolloutState: "IN_PROGRESS",
  createdAtMs: NOW_MS - 100_000,
  hasHealthCheck: false,
  startFailures: 0,
  lastStartFailureAtMs: null,
  failedTasks: 0,
  provenAtMs: null,
  isRollback: false,
  ...over,
});

export const oldDeployment = (over: Partial<DeploymentState> = {}): DeploymentState =>
  aDeployment({
    id: OLD,
    status: "ACTIVE",
    rolloutState: "COMPLETED",
    createdAtMs: NOW_MS - 900_000,
    ...over,
  });

export const machines = (count: number, over: Partial<ServiceInstance> = {}): ServiceInstance[] =>
  Array.from({ length: count }, (_, i) => ({ id: `i${i}`, status: "ACTIVE", eligible: true, ...over }));

type Over = Omit<Partial<ServiceSnapshot>, "service"> & { readonly service?: Partial<ServiceState> };

export const aSnapshot = ({ service, ...over }: Over = {}): ServiceSnapshot => ({
  nowMs: NOW_MS,
  service: {
    id: "s1",
    name: "web",
    status: "ACTIVE",
    schedulingStrategy: "REPLICA",
    desiredCount: 4,
    healthCheckGracePeriodMs: 0,
    steadyAtMs: null,
    notices: [],
    placement: { failedAtMs: null, attempts: 0 },
    circuitBreaker: null,
    hasCompleted: false,
    ...service,
  },
  limits: { minimumHealthyPercent: 100, maximumPercent: 200 },
  deployments: [aDeployment()],
  tasks: [],
  instances: machines(3),
  launchFailures: [],
  settings: { healthyAfterMs: 40_000 },
  ...over,
});

/** A rolling update: `old` healthy tasks of the old deployment, and whatever the new one has. */
export const anUpdate = (
  desiredCount: number,
  [minimumHealthyPercent, maximumPercent]: readonly [number, number],
  tasks: readonly ServiceTask[],
  over: Over = {},
): ServiceSnapshot =>
  aSnapshot({
    limits: { minimumHealthyPercent, maximumPercent },
    deployments: [aDeployment(), oldDeployment()],
    tasks,
    ...over,
    service: { desiredCount, ...over.service },
  });
