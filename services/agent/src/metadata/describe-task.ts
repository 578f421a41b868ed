/**
 * Decides what a container is told of itself and of its task; the metadata endpoint answers with it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-response.html
 */
import type { ContainerInspection } from "@roadstead/runtime/runtime";
import { logTargetOf } from "../decide/log-target.ts";
import { type ContainerRecord, type ContainerSpec, engineName, type TaskRecord } from "../decide/task.ts";

/** The machine is no business of its containers, least of all of a Fargate task's. */
const OUR_LABELS = "com.roadstead.";

/** As the engine has the containers now, by their names; one that it does not have is left out. */
export type Inspections = ReadonlyMap<string, ContainerInspection>;

export function describeTask(task: TaskRecord, inspections: Inspections): object {
  const { spec } = task;
  const [, cluster = spec.clusterArn] = spec.clusterArn.split("/");
  return {
    Cluster: spec.launchType === "FARGATE" ? spec.clusterArn : cluster,
    TaskARN: spec.arn,
    Family: spec.family,
    Revision: spec.version,
    DesiredStatus: task.desired,
    KnownStatus: task.stoppedAt !== null ? "STOPPED" : task.runningAt !== null ? "RUNNING" : "PENDING",
    ...(spec.cpu > 0 || spec.memoryMiB > 0
      ? { Limits: { ...positive("CPU", spec.cpu), ...positive("Memory", spec.memoryMiB) } }
      : {}),
    ...time("PullStartedAt", task.pullStartedAt),
    ...time("PullStoppedAt", task.pullStoppedAt),
    ...time("ExecutionStoppedAt", task.executionStoppedAt),
    LaunchType: spec.launchType ?? "EC2",
    ...(spec.serviceName ? { ServiceName: spec.serviceName } : {}),
    ...(spec.network ? { VPCID: spec.network.vpcId } : {}),
    Containers: spec.containers.flatMap(({ name }) => describeContainer(task, name, inspections) ?? []),
  };
}

/** Null for one that the engine does not have. */
export function describeContainer(task: TaskRecord, name: string, inspections: Inspections): object | null {
  const spec = task.spec.containers.find((one) => one.name === name);
  const record = task.containers.find((one) => one.name === name);
  const inspection = inspections.get(name);
  if (!spec || !record || !inspection) return null;
  return {
    DockerId: inspection.id,
    Name: name,
    DockerName: engineName(task.spec, name),
    Image: spec.image,
    ImageID: inspection.imageId,
    ...ports(task, record),
    Labels: Object.fromEntries(
      Object.entries(inspection.labels).filter(([key]) => !key.startsWith(OUR_LABELS)),
    ),
    DesiredStatus: task.desired,
    KnownStatus: record.phase,
    ...(record.exitCode === null ? {} : { ExitCode: record.exitCode }),
    Limits: { CPU: spec.cpu, ...positive("Memory", spec.memoryMiB) },
    ...time("CreatedAt", inspection.createdAt),
    ...time("StartedAt", record.startedAt),
    ...time("FinishedAt", record.finishedAt),
    Type: "NORMAL",
    ...health(spec, record),
    ...logging(spec),
    ...(spec.containerArn ? { ContainerARN: spec.containerArn } : {}),
    ...positive("RestartCount", record.restartCount),
    Networks: [networkOf(task, inspection)],
  };
}

const positive = (key: string, value: number): object => (value > 0 ? { [key]: value } : {});

const time = (key: string, at: number | null): object =>
  at === null ? {} : { [key]: new Date(at).toISOString() };

function ports({ spec }: TaskRecord, { name, bindings }: ContainerRecord): object {
  const mappings = spec.containers.find((one) => one.name === name)?.portMappings ?? [];
  const known = spec.network
    ? mappings.map(({ containerPort, protocol }) => ({ ContainerPort: containerPort, Protocol: protocol }))
    : bindings.map(({ containerPort, protocol, hostPort, bindIP }) => ({
        ContainerPort: containerPort,
        Protocol: protocol,
        HostPort: hostPort,
        HostIp: bindIP,
      }));
  return known.length > 0 ? { Ports: known } : {};
}

const health = ({ hasHealthCheck }: ContainerSpec, record: ContainerRecord): object =>
  hasHealthCheck
    ? { Health: { status: record.health, statusSince: new Date(record.healthSince).toISOString() } }
    : {};

function logging(spec: ContainerSpec): object {
  const { LogConfig } = spec.hostConfig as {
    readonly LogConfig?: { readonly Type?: string; readonly Config?: object } | null;
  };
  const driver = LogConfig?.Type ?? "json-file";
  const options = LogConfig?.Config ?? {};
  const isOurs = logTargetOf(spec, "") !== null;
  return { LogDriver: isOurs ? "awslogs" : driver, ...(LogConfig ? { LogOptions: options } : {}) };
}

function networkOf({ spec }: TaskRecord, inspection: ContainerInspection): object {
  const { network } = spec;
  if (!network) {
    return { NetworkMode: spec.networkMode || "bridge", IPv4Addresses: inspection.addresses };
  }
  return {
    NetworkMode: "awsvpc",
    IPv4Addresses: [network.address],
    AttachmentIndex: 0,
    MACAddress: network.mac,
    IPv4SubnetCIDRBlock: network.vpcCidr,
    SubnetGatewayIpv4Address: `${network.gateway}/${network.vpcCidr.split("/")[1] ?? ""}`,
    ...(network.privateDnsName ? { PrivateDNSName: network.privateDnsName } : {}),
  };
}
