/** Decides what this instance registers with: its resources and the attributes that placement looks for, no more than is true. */
import { ADDRESS_ATTRIBUTE } from "@roadstead/model/container-instance";
import type { EngineInfo } from "@roadstead/runtime/runtime";
import { ENGINE_LOG_CONFIG } from "../decide/log-target.ts";

export interface InstanceSize {
  /** Override what the engine reports. */
  readonly cpuUnits: number | null;
  readonly memoryMiB: number | null;
  readonly reservedMemoryMiB: number;
}

export interface Attribute {
  readonly name: string;
  readonly value?: string;
}

const PREFIX = "com.amazonaws.ecs.capability";
const OLDEST_API_MINOR = 17;
const UNITS_PER_CPU = 1_024;
const MIB = 1_024 * 1_024;
/** ssh, Docker, and the agent's own. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html */
const RESERVED_PORTS = ["22", "2375", "2376", "51678", "51679", "51680"];
/** Drivers that need nothing of the agent. */
const LOG_DRIVERS = ["fluentd", "gelf", "journald", "json-file", "splunk", "syslog"];
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "x86_64",
  amd64: "x86_64",
  aarch64: "arm64",
  arm64: "arm64",
};

export function totalResources(info: EngineInfo, size: InstanceSize): readonly object[] {
  const cpu = size.cpuUnits ?? info.cpus * UNITS_PER_CPU;
  const memory = size.memoryMiB ?? Math.max(1, Math.floor(info.memoryBytes / MIB) - size.reservedMemoryMiB);
  return [
    { name: "CPU", type: "INTEGER", integerValue: cpu },
    { name: "MEMORY", type: "INTEGER", integerValue: memory },
    { name: "PORTS", type: "STRINGSET", stringSetValue: RESERVED_PORTS },
    { name: "PORTS_UDP", type: "STRINGSET", stringSetValue: [] },
  ];
}

export function attributes(
  info: EngineInfo,
  has: {
    readonly taskLimits: boolean;
    readonly taskRoles: boolean;
    readonly taskNetworks: boolean;
    readonly address: string | null;
  },
): readonly Attribute[] {
  const [, minor = OLDEST_API_MINOR] = info.apiVersion.split(".").map(Number);
  const apis = Array.from(
    { length: Math.max(0, minor - OLDEST_API_MINOR + 1) },
    (_, index) => `${PREFIX}.docker-remote-api.1.${OLDEST_API_MINOR + index}`,
  );
  const drivers = info.logDrivers.filter((driver) => LOG_DRIVERS.includes(driver));
  const names = [
    `${PREFIX}.privileged-container`,
    ...apis,
    ...drivers.map((driver) => `${PREFIX}.logging-driver.${driver}`),
    `${PREFIX}.logging-driver.none`,
    // The engine keeps such output in files, from which the agent sends it, as the task's execution role if it has one.
    ...(info.logDrivers.includes(ENGINE_LOG_CONFIG.Type)
      ? [`${PREFIX}.logging-driver.awslogs`, "ecs.capability.execution-role-awslogs"]
      : []),
    `${PREFIX}.ecr-auth`,
    "ecs.capability.execution-role-ecr-pull",
    "ecs.capability.secrets.asm.environment-variables",
    "ecs.capability.secrets.ssm.environment-variables",
    "ecs.capability.container-health-check",
    "ecs.capability.container-ordering",
    "ecs.capability.container-restart-policy",
    ...info.volumeDrivers.map((driver) => `ecs.capability.docker-plugin.${driver}`),
    ...(has.taskRoles ? [`${PREFIX}.task-iam-role`, `${PREFIX}.task-iam-role-network-host`] : []),
    ...(has.taskNetworks ? ["ecs.capability.task-eni"] : []),
    ...(has.taskLimits ? ["ecs.capability.task-cpu-mem-limit"] : []),
  ];
  return [
    ...names.map((name) => ({ name })),
    { name: "ecs.os-type", value: "linux" },
    { name: "ecs.os-family", value: "LINUX" },
    ...(has.address === null ? [] : [{ name: ADDRESS_ATTRIBUTE, value: has.address }]),
    { name: "ecs.cpu-architecture", value: ARCHITECTURES[info.architecture] ?? info.architecture },
  ];
}
