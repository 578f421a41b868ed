/** A container instance as ECS shows it: in answers of the api and in events. */
import type { ContainerInstance, Resource } from "@aws-sdk/client-ecs";
import type {
  ContainerInstanceRow,
  InstancePort,
  InstanceTaskCounts,
} from "@roadstead/db/container-instances";
import type { Scope } from "@roadstead/db/scopes";
import { containerInstanceArn } from "@roadstead/model/arn";

export interface InstanceDetails {
  readonly ports: readonly InstancePort[];
  readonly counts: InstanceTaskCounts | null;
  readonly withTags: boolean;
}

export function renderContainerInstance(
  scope: Scope,
  clusterName: string,
  row: ContainerInstanceRow,
  { ports, counts, withTags }: InstanceDetails,
): ContainerInstance {
  return {
    containerInstanceArn: containerInstanceArn(scope, clusterName, row.id),
    version: row.version,
    versionInfo: { ...row.versionInfo },
    registeredResources: row.registeredResources.map((resource) => integer(resource.name, resource)),
    remainingResources: row.registeredResources.map(
      (resource) => remaining(row, ports, resource.name) ?? integer(resource.name, resource),
    ),
    status: row.status,
    agentConnected: row.agentConnected,
    runningTasksCount: counts?.running ?? 0,
    pendingTasksCount: counts?.pending ?? 0,
    attributes: row.attributes.map((attribute) => ({ ...attribute })),
    registeredAt: row.registeredAt,
    attachments: [],
    tags: withTags ? [...row.tags] : [],
    ...(row.ec2InstanceId ? { ec2InstanceId: row.ec2InstanceId } : {}),
    ...(row.statusReason ? { statusReason: row.statusReason } : {}),
  };
}

const integer = (
  name: string,
  {
    type,
    integerValue = 0,
    stringSetValue,
  }: { readonly type: string; readonly integerValue?: number; readonly stringSetValue?: readonly string[] },
): Resource => ({
  name,
  type,
  doubleValue: 0,
  longValue: 0,
  integerValue,
  ...(type === "STRINGSET" ? { stringSetValue: [...(stringSetValue ?? [])] } : {}),
});

/** PORTS and PORTS_UDP list what is taken, not what is left: AWS's own reading of "remaining". */
function remaining(row: ContainerInstanceRow, ports: readonly InstancePort[], name: string): Resource | null {
  const taken = (protocol: string) =>
    ports.filter((p) => p.instanceId === row.id && p.protocol === protocol).map((p) => String(p.port));
  switch (name) {
    case "CPU":
      return integer(name, { type: "INTEGER", integerValue: row.cpuFree });
    case "MEMORY":
      return integer(name, { type: "INTEGER", integerValue: row.memoryFree });
    case "PORTS":
      return integer(name, { type: "STRINGSET", stringSetValue: taken("tcp") });
    case "PORTS_UDP":
      return integer(name, { type: "STRINGSET", stringSetValue: taken("udp") });
    default:
      return null;
  }
}
