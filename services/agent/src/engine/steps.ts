/** Carries out one action on one container, each safe to repeat after a crash at any point; a task's owner calls them. */
import { isRuntimeError } from "@roadstead/runtime/errors";
import type { ContainerInspection, ContainerRuntime } from "@roadstead/runtime/runtime";
import { EcsError } from "../control/ecs-client.ts";
import type { Observation } from "../decide/advance.ts";
import {
  cgroupParentOf,
  createConfig,
  hasTaskLimits,
  INSTANCE_LABEL,
  impossible,
  type Nofile,
  TASK_LABEL,
} from "../decide/create-config.ts";
import { groupLimits } from "../decide/fargate-slot.ts";
import { logTargetOf } from "../decide/log-target.ts";
import {
  type ContainerSpec,
  engineName,
  type NetworkBinding,
  type TaskRecord,
  type TaskSpec,
  volumeName,
} from "../decide/task.ts";
import { digestOf, type ImageStore } from "../images/image-store.ts";
import type { TaskLogs } from "../logs/task-logs.ts";
import { hasNetwork, isSharing } from "../network/task-network.ts";
import type { TaskNetworks } from "../network/task-networks.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import { failureText, isPassing, LogDriverError, type Step } from "./failure-text.ts";
import type { Slots } from "./slots.ts";
import type { TaskCgroups } from "./task-cgroups.ts";

export interface StepDeps {
  readonly runtime: ContainerRuntime;
  readonly instanceArn: string;
  readonly region: string;
  readonly images: ImageStore;
  readonly nofile: Nofile;
  /** Whom containers ask for names; with none, whom the engine says. */
  readonly nameservers?: readonly string[];
  readonly launches: Slots;
  readonly logs: TaskLogs;
  readonly secrets: SecretStore;
  /** Null where the agent cannot write control groups. */
  readonly cgroups: TaskCgroups | null;
  /** Null where tasks cannot have network interfaces of their own. */
  readonly networks: TaskNetworks | null;
}

/** Throws when the engine is away; everything else is an observation. */
async function attempt(step: Step, work: () => Promise<Observation>): Promise<Observation> {
  try {
    return await work();
  } catch (error) {
    if (isPassing(error)) throw error;
    return { kind: "failed", reason: failureText(step, error) };
  }
}

export const pull = (
  deps: StepDeps,
  { task, container }: { readonly task: TaskSpec; readonly container: ContainerSpec },
  signal: AbortSignal,
): Promise<Observation> =>
  attempt("pull", async () => {
    const image = await deps.images.obtain({ ...container, taskArn: task.arn }, signal);
    return { kind: "pulled", imageDigest: image && digestOf(container.image, image) };
  });

export const create = (deps: StepDeps, task: TaskSpec, container: ContainerSpec): Promise<Observation> =>
  attempt("create", async () => {
    const reason = impossible(task, container);
    if (reason !== null) return { kind: "failed", reason };
    // Not while others wait to launch: a store may be slow.
    const secrets = await deps.secrets.resolve(task.arn, container.secrets ?? []);
    return {
      kind: "created",
      runtimeId: await deps.launches.run(() => createOrAdopt(deps, { task, container, secrets })),
    };
  });

/** A name that is taken by our own earlier attempt means that it was made. */
async function createOrAdopt(
  deps: StepDeps,
  {
    task,
    container,
    secrets,
  }: {
    readonly task: TaskSpec;
    readonly container: ContainerSpec;
    readonly secrets: Readonly<Record<string, string>>;
  },
): Promise<string> {
  await createVolumes(deps, task, container);
  const cgroupParent = deps.cgroups && hasTaskLimits(task) ? cgroupParentOf(task) : null;
  if (cgroupParent) await deps.cgroups?.create(cgroupParent, groupLimits(task));
  const body = createConfig(task, container, { ...deps, cgroupParent, secrets });
  const name = engineName(task, container.name);
  try {
    return await deps.runtime.create({ name, body });
  } catch (error) {
    if (!isRuntimeError(error, "Conflict")) throw error;
    const known = await deps.runtime.inspect(name);
    if (!known || !isOurs(deps, task, known)) throw error;
    return known.id;
  }
}

const isOurs = ({ instanceArn }: StepDeps, task: TaskSpec, { labels }: ContainerInspection) =>
  labels[TASK_LABEL] === task.arn && labels[INSTANCE_LABEL] === instanceArn;

async function createVolumes({ runtime, instanceArn }: StepDeps, task: TaskSpec, container: ContainerSpec) {
  for (const { sourceVolume } of container.mountPoints) {
    const volume = task.volumes.find(({ name }) => name === sourceVolume);
    if (volume?.kind !== "task" && volume?.kind !== "shared") continue;
    if (!volume.create) continue;
    const labels = { ...volume.labels, ...(volume.kind === "task" ? { [INSTANCE_LABEL]: instanceArn } : {}) };
    await runtime.createVolume({
      name: volume.kind === "task" ? volumeName(task, volume.name) : volume.name,
      ...(volume.driver ? { driver: volume.driver } : {}),
      driverOptions: volume.driverOptions,
      labels,
    });
  }
}

export const start = (deps: StepDeps, task: TaskSpec, container: ContainerSpec): Promise<Observation> =>
  attempt("start", async () => {
    const name = engineName(task, container.name);
    if (logTargetOf(container, deps.region)) await prepareLogs(deps, task, container);
    await deps.launches.run(() => startNow(deps, task, name), "finishes");
    const inspection = await deps.runtime.inspect(name);
    if (!inspection) return { kind: "vanished" };
    deps.logs.follow(inspection.id);
    return startedObservation(task, container, inspection);
  });

const startNow = ({ runtime, networks }: StepDeps, task: TaskSpec, name: string): Promise<void> =>
  networks && hasNetwork(task) && !isSharing(task) ? networks.start(task, name) : runtime.start(name);

/** A store that refuses is as an engine that cannot open its driver. */
async function prepareLogs(deps: StepDeps, task: TaskSpec, container: ContainerSpec): Promise<void> {
  const made = await deps.runtime.inspect(engineName(task, container.name));
  if (!made) return;
  try {
    await deps.logs.prepare(task, container, made.id);
  } catch (error) {
    if (error instanceof EcsError) throw new LogDriverError(error.message, isFargate(container));
    throw error;
  }
}

const isFargate = ({ environment }: ContainerSpec) => environment.AWS_EXECUTION_ENV === "AWS_ECS_FARGATE";

export function startedObservation(
  task: TaskSpec,
  container: ContainerSpec,
  inspection: ContainerInspection,
): Observation {
  return {
    kind: "started",
    runtimeId: inspection.id,
    at: inspection.startedAt ?? inspection.createdAt,
    bindings: bindingsOf(task, container, inspection),
  };
}

/** On the host's network a port is itself; the engine knows the others. A second entry for IPv6 is left out. */
function bindingsOf(
  task: TaskSpec,
  container: ContainerSpec,
  inspection: ContainerInspection,
): readonly NetworkBinding[] {
  if (task.networkMode === "host") {
    return container.portMappings.map(({ containerPort, protocol }) => ({
      bindIP: "0.0.0.0",
      containerPort,
      hostPort: containerPort,
      protocol,
    }));
  }
  return inspection.ports
    .filter(({ bindIp }) => !bindIp.includes(":"))
    .map(({ bindIp, containerPort, hostPort, protocol }) => ({
      bindIP: bindIp,
      containerPort,
      hostPort,
      protocol,
    }));
}

export async function stop({ runtime }: StepDeps, engine: string, timeoutSeconds: number): Promise<void> {
  const inspection = await runtime.inspect(engine);
  if (inspection?.status === "running" || inspection?.status === "paused") {
    await runtime.stop(engine, timeoutSeconds);
  }
}

/** Everything of a task goes, and what is gone already is no error. */
export async function removeAll({ runtime, cgroups, logs }: StepDeps, task: TaskRecord): Promise<void> {
  await logs.finish(task.spec.arn);
  for (const { name } of task.spec.containers) await runtime.remove(engineName(task.spec, name));
  for (const volume of task.spec.volumes) {
    if (volume.kind === "task") await runtime.removeVolume(volumeName(task.spec, volume.name));
  }
  if (hasTaskLimits(task.spec)) await cgroups?.remove(cgroupParentOf(task.spec));
}
