/** Decides the task object of an ACS payload from rows; `deliver` calls it for each assignment, also for stops. */
import { clusterArn, containerArn, type Place, taskArn } from "@roadstead/model/arn";
import type { DesiredStatus, LaunchType, TaskContainer } from "@roadstead/model/task";
import type { TaskDefinition, Volume } from "@roadstead/model/task-definition";
import type { TaskInterface } from "@roadstead/model/task-network";
import type { ImageNames, RevisionImage } from "./agent-image.ts";
import { effectiveContainers, type TaskOverrides } from "./apply-overrides.ts";
import { renderContainer } from "./render-container.ts";
import type { RoleCredentials } from "./render-credentials.ts";
import { renderInterface } from "./render-interface.ts";

const CPU_UNITS_PER_VCPU = 1024;
const SERVICE_GROUP = "service:";

export interface RenderInput {
  readonly task: {
    readonly id: string;
    readonly family: string;
    readonly revision: number;
    readonly launchType: LaunchType;
    readonly group: string;
    readonly cpu: string | null;
    readonly memory: string | null;
    readonly overrides: TaskOverrides;
    readonly declaredContainers: readonly Pick<TaskContainer, "id" | "name">[];
    readonly enableExecuteCommand: boolean;
    readonly desiredStatus: DesiredStatus;
    /** Of a task in awsvpc mode. */
    readonly networkInterface: TaskInterface | null;
    /** Null for a task of no deployment. */
    readonly revisionImages: readonly RevisionImage[] | null;
  };
  readonly definition: TaskDefinition;
  readonly clusterName: string;
  readonly place: Place;
  readonly imageNames: ImageNames;
  /** What goes to agents of the task's roles. */
  readonly credentials?: {
    readonly TaskApplication?: RoleCredentials;
    readonly TaskExecution?: RoleCredentials;
  };
}

/**
 * A stop carries the whole task too: an agent that lost it can then still report it stopped. Members that are
 * undefined do not reach the wire.
 */
export function renderTask(input: RenderInput): object {
  const { task, definition, clusterName, place, imageNames, credentials } = input;
  const { networkMode } = definition;
  const executionRole = task.overrides.executionRoleArn ?? definition.executionRoleArn;
  const arnOf = (name: string) => {
    const declared = task.declaredContainers.find((container) => container.name === name);
    return declared && containerArn(place, clusterName, task.id, declared.id);
  };
  return {
    arn: taskArn(place, clusterName, task.id),
    taskClusterArn: clusterArn(place, clusterName),
    taskDefinitionAccountId: place.accountId,
    family: task.family,
    version: String(task.revision),
    desiredStatus: task.desiredStatus,
    overrides: "{}",
    launchType: task.launchType,
    group: task.group,
    serviceName: task.group.startsWith(SERVICE_GROUP) ? task.group.slice(SERVICE_GROUP.length) : undefined,
    ...taskSize(task, definition),
    networkMode,
    elasticNetworkInterfaces: task.networkInterface
      ? [renderInterface(place, task.networkInterface)]
      : undefined,
    pidMode: definition.pidMode,
    ipcMode: definition.ipcMode,
    proxyConfiguration: definition.proxyConfiguration,
    enableFaultInjection: definition.enableFaultInjection,
    roleCredentials: credentials?.TaskApplication,
    executionRoleCredentials: credentials?.TaskExecution,
    volumes: definition.volumes.map(renderVolume),
    containers: effectiveContainers(definition, task.overrides).map((container) =>
      renderContainer(container, {
        taskId: task.id,
        containerArn: arnOf(container.name),
        place,
        launchType: task.launchType,
        networkMode,
        enableExecuteCommand: task.enableExecuteCommand,
        imageDigest: task.revisionImages?.find(isOf(container.name))?.imageDigest ?? null,
        imageNames,
        hasExecutionRole: Boolean(executionRole),
      }),
    ),
  };
}

const isOf = (name: string) => (image: RevisionImage) => image.containerName === name;

/** CPU in vCPU, unlike everywhere else; both absent when the task sets no limit of its own. */
function taskSize({ cpu, memory, overrides }: RenderInput["task"], definition: TaskDefinition): object {
  const units = Number(cpu ?? overrides.cpu ?? definition.cpu);
  const memoryMiB = Number(memory ?? overrides.memory ?? definition.memory);
  return {
    cpu: units > 0 ? units / CPU_UNITS_PER_VCPU : undefined,
    memory: memoryMiB > 0 ? memoryMiB : undefined,
  };
}

function renderVolume(volume: Volume): object {
  const { name, dockerVolumeConfiguration: docker } = volume;
  if (docker) return { name, type: "docker", dockerVolumeConfiguration: dockerVolume(docker) };
  if (volume.efsVolumeConfiguration) {
    return { name, type: "efs", efsVolumeConfiguration: volume.efsVolumeConfiguration };
  }
  if (volume.fsxWindowsFileServerVolumeConfiguration) {
    return {
      name,
      type: "fsxWindowsFileServer",
      fsxWindowsFileServerVolumeConfiguration: volume.fsxWindowsFileServerVolumeConfiguration,
    };
  }
  if (volume.s3filesVolumeConfiguration) {
    return { name, type: "s3files", s3filesVolumeConfiguration: volume.s3filesVolumeConfiguration };
  }
  // An agent rejects a host volume without `host`; an empty one is a volume of the task's own.
  const { sourcePath } = volume.host ?? {};
  return { name, type: "host", host: sourcePath ? { sourcePath } : {} };
}

/** Agents refuse `autoprovision` on a volume that ends with its task. */
const dockerVolume = ({
  scope,
  autoprovision,
  driver = "local",
  driverOpts = {},
  labels = {},
}: NonNullable<Volume["dockerVolumeConfiguration"]>) => ({
  scope,
  autoprovision: scope === "shared" && (autoprovision ?? false),
  driver,
  driverOpts,
  labels,
});
