/** A task as ECS shows it: in answers of the api and in events. */
import type { Attachment, Container, Task } from "@aws-sdk/client-ecs";
import type { ContainerInstanceRow } from "@roadstead/db/container-instances";
import type { Scope } from "@roadstead/db/scopes";
import type { TaskRow } from "@roadstead/db/tasks";
import {
  clusterArn,
  containerArn,
  containerInstanceArn,
  taskArn,
  taskDefinitionArn,
} from "@roadstead/model/arn";
import { EPHEMERAL_STORAGE_GIB, PLATFORM_FAMILY, PLATFORM_VERSION } from "@roadstead/model/fargate";
import { type TaskContainer, type TaskStatus, unobserved } from "@roadstead/model/task";
import { attachmentIdOf, privateDnsName } from "@roadstead/model/task-network";

/** AWS leaves out what has not happened yet; it never answers null. */
function present<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value !== null && value !== undefined) shown[name] = value;
  }
  return shown as { [K in keyof T]?: NonNullable<T[K]> };
}

export interface TaskPlace {
  readonly scope: Scope;
  readonly clusterName: string;
  /** Instances the tasks are on, for their attributes. */
  readonly instances: ReadonlyMap<string, ContainerInstanceRow>;
  readonly withTags: boolean;
}

export function renderTask({ scope, clusterName, instances, withTags }: TaskPlace, row: TaskRow): Task {
  const instance = row.instanceId === null ? undefined : instances.get(row.instanceId);
  const attribute = (name: string) => instance?.attributes.find((a) => a.name === name)?.value;
  const architecture = attribute("ecs.cpu-architecture");
  return {
    taskArn: taskArn(scope, clusterName, row.id),
    clusterArn: clusterArn(scope, clusterName),
    taskDefinitionArn: taskDefinitionArn(scope, row.family, row.revision),
    attachments: row.network ? [renderAttachment(scope, row)] : [],
    attributes: architecture ? [{ name: "ecs.cpu-architecture", value: architecture }] : [],
    containers: row.declaredContainers.map((container) =>
      renderContainer(scope, clusterName, row, container),
    ),
    createdAt: row.createdAt,
    desiredStatus: row.desiredStatus,
    enableExecuteCommand: row.enableExecuteCommand,
    group: row.group,
    healthStatus: row.healthStatus,
    lastStatus: row.lastStatus,
    launchType: row.launchType,
    overrides: row.overrides as NonNullable<Task["overrides"]>,
    tags: withTags ? [...row.tags] : [],
    version: row.version,
    ...present({
      availabilityZone: row.networkInterface?.availabilityZone ?? attribute("ecs.availability-zone"),
      ...(row.launchType === "FARGATE"
        ? fargateMembers(row)
        : {
            containerInstanceArn: row.instanceId && containerInstanceArn(scope, clusterName, row.instanceId),
          }),
      cpu: row.cpu,
      memory: row.memory,
      startedBy: row.startedBy,
      connectivity: row.connectivity,
      connectivityAt: row.connectivityAt,
      pullStartedAt: row.pullStartedAt,
      pullStoppedAt: row.pullStoppedAt,
      startedAt: row.startedAt,
      stoppingAt: row.stoppingAt,
      executionStoppedAt: row.executionStoppedAt,
      stoppedAt: row.stoppedAt,
      stopCode: row.stopCode,
      stoppedReason: row.stoppedReason,
    }),
  };
}

/** Such a task is on no instance that anybody could see. */
function fargateMembers({ capacityProvider, overrides }: TaskRow) {
  const { sizeInGiB = EPHEMERAL_STORAGE_GIB } = (overrides.ephemeralStorage ?? {}) as { sizeInGiB?: number };
  return {
    capacityProviderName: capacityProvider,
    platformVersion: PLATFORM_VERSION,
    platformFamily: PLATFORM_FAMILY,
    ephemeralStorage: { sizeInGiB },
    fargateEphemeralStorage: { sizeInGiB },
  };
}

/** How far the interface is follows from how far the task is: it is made before the rest and taken away after it. */
const ATTACHMENT_STATUS: Partial<Record<TaskStatus, string>> = {
  PROVISIONING: "PRECREATED",
  DEPROVISIONING: "DETACHED",
  STOPPED: "DELETED",
};

/** Before it is attached, the subnet alone is shown. */
function renderAttachment(
  scope: Scope,
  { id, lastStatus, networkInterface: given }: Pick<TaskRow, "id" | "lastStatus" | "networkInterface">,
): Attachment {
  const members = {
    subnetId: given?.subnetId,
    ...(lastStatus === "PROVISIONING"
      ? {}
      : {
          networkInterfaceId: given?.id,
          macAddress: given?.mac,
          privateDnsName: given && privateDnsName(scope.region, given.privateIp),
          privateIPv4Address: given?.privateIp,
        }),
  };
  return {
    id: attachmentIdOf(id),
    type: "ElasticNetworkInterface",
    status: ATTACHMENT_STATUS[lastStatus] ?? "ATTACHED",
    details: Object.entries(members).flatMap(([name, value]) => (value ? [{ name, value }] : [])),
  };
}

function renderContainer(
  scope: Scope,
  clusterName: string,
  row: TaskRow,
  declared: TaskContainer,
): Container {
  const observed = row.containers.find(({ name }) => name === declared.name) ?? unobserved(declared);
  return {
    containerArn: containerArn(scope, clusterName, row.id, declared.id),
    taskArn: taskArn(scope, clusterName, row.id),
    name: declared.name,
    image: declared.image,
    lastStatus: observed.lastStatus,
    networkInterfaces: row.networkInterface
      ? [
          {
            attachmentId: row.networkInterface.attachmentId,
            privateIpv4Address: row.networkInterface.privateIp,
          },
        ]
      : [],
    networkBindings: observed.networkBindings.map((binding) => ({ ...binding })),
    healthStatus: observed.healthStatus,
    cpu: String(declared.cpu),
    ...present({
      memory: declared.memoryMiB === null ? null : String(declared.memoryMiB),
      memoryReservation:
        declared.memoryReservationMiB === null ? null : String(declared.memoryReservationMiB),
      exitCode: observed.exitCode,
      reason: observed.reason,
      runtimeId: observed.runtimeId,
      imageDigest: observed.imageDigest,
    }),
  };
}
