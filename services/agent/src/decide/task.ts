/** What the agent knows of a task: the assignment, what was observed of each container, and what was reported of it. */
import type { TaskNetwork } from "../network/task-network.ts";
import type { SecretSpec } from "./secret-reference.ts";

export type DesiredStatus = "RUNNING" | "STOPPED";
export type DependencyCondition = "START" | "COMPLETE" | "SUCCESS" | "HEALTHY";
/** Of an observation and what is known the later phase wins; only a restart goes back, from RUNNING to CREATED. */
export const PHASES = ["NONE", "PULLED", "CREATED", "RUNNING", "STOPPED"] as const;
type ContainerPhase = (typeof PHASES)[number];
export const REPORTED_STATUSES = ["NONE", "PENDING", "RUNNING", "STOPPED"] as const;
export type ReportedStatus = (typeof REPORTED_STATUSES)[number];
/** Of a task that has an interface of its own: not made yet, made, or nothing left of it. */
type NetworkPhase = "NONE" | "UP" | "GONE";
export type ContainerHealth = "UNKNOWN" | "HEALTHY" | "UNHEALTHY";

interface PortMapping {
  readonly containerPort: number;
  /** 0: the engine picks one. */
  readonly hostPort: number;
  readonly protocol: "tcp" | "udp";
}

export interface RestartPolicy {
  readonly enabled: boolean;
  readonly ignoredExitCodes: readonly number[];
  readonly restartAttemptPeriodSeconds: number;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Ours, which wants the instance's login; null for any other registry's image. */
  readonly containerArn?: string;
  readonly registry: {
    readonly accountId: string;
    readonly region: string;
    /** The task's execution role's login instead. */
    readonly useExecutionRole?: boolean;
  } | null;
  readonly essential: boolean;
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly command: readonly string[] | null;
  readonly entryPoint: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables whose values are fetched when the container is made, and kept nowhere. */
  readonly secrets?: readonly SecretSpec[];
  readonly links: readonly string[];
  readonly portMappings: readonly PortMapping[];
  readonly mountPoints: readonly {
    readonly sourceVolume: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
  }[];
  readonly volumesFrom: readonly { readonly sourceContainer: string; readonly readOnly: boolean }[];
  readonly dependsOn: readonly { readonly containerName: string; readonly condition: DependencyCondition }[];
  readonly startTimeoutSeconds: number | null;
  readonly stopTimeoutSeconds: number | null;
  readonly restartPolicy: RestartPolicy | null;
  readonly hasHealthCheck: boolean;
  /** Decoded over the document the agent builds: a key that is present replaces the agent's. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly hostConfig: Readonly<Record<string, unknown>>;
}

export type VolumeSpec =
  | { readonly kind: "bind"; readonly name: string; readonly sourcePath: string }
  | {
      readonly kind: "task" | "shared";
      readonly name: string;
      readonly create: boolean;
      readonly driver: string | null;
      readonly driverOptions: Readonly<Record<string, string>>;
      readonly labels: Readonly<Record<string, string>>;
    }
  | { readonly kind: "unsupported"; readonly name: string; readonly type: string };

export interface TaskSpec {
  readonly arn: string;
  readonly clusterArn: string;
  readonly family: string;
  readonly version: string;
  readonly networkMode: string;
  /** `FARGATE` is confined to its size and sees nothing of the machine. */
  readonly launchType?: string;
  /** vCPU; 0 when the task has no limit of its own. */
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly pidMode: string | null;
  readonly ipcMode: string | null;
  readonly volumes: readonly VolumeSpec[];
  readonly containers: readonly ContainerSpec[];
  /** Under which its containers find the credentials of their role; absent where it has none. */
  readonly credentialsId?: string;
  /** Under which its containers find what there is to know of them; absent where nothing answers them. */
  readonly metadataId?: string;
  readonly serviceName?: string;
  /** An interface in a VPC, which its containers share; absent in every other network mode. */
  readonly network?: TaskNetwork;
}

export interface NetworkBinding {
  readonly bindIP: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: "tcp" | "udp";
}

export interface ContainerRecord {
  readonly name: string;
  readonly phase: ContainerPhase;
  readonly runtimeId: string | null;
  readonly imageDigest: string | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
  /** Milliseconds, of the last start. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly health: ContainerHealth;
  readonly healthSince: number;
  readonly restartCount: number;
  readonly bindings: readonly NetworkBinding[];
}

export interface TaskRecord {
  readonly spec: TaskSpec;
  readonly desired: DesiredStatus;
  readonly reason: string | null;
  readonly containers: readonly ContainerRecord[];
  readonly pullStartedAt: number | null;
  readonly pullStoppedAt: number | null;
  readonly runningAt: number | null;
  readonly executionStoppedAt: number | null;
  readonly stoppedAt: number | null;
  /** Present as its interface is. */
  readonly network?: NetworkPhase;
  readonly reported: {
    readonly task: ReportedStatus;
    readonly containers: Readonly<Record<string, ReportedStatus>>;
    /** The control plane knows that the interface is there. */
    readonly isAttached?: boolean;
  };
}

export const taskIdOf = (arn: string): string => arn.split("/").at(-1) ?? arn;

/** One task container has one name, so that making it twice is refused by the engine. */
export const engineName = (spec: TaskSpec, container: string): string =>
  `ecs-${spec.family}-${spec.version}-${container}-${taskIdOf(spec.arn)}`;

export const volumeName = (spec: TaskSpec, volume: string): string =>
  `ecs-${spec.family}-${spec.version}-${volume}-${taskIdOf(spec.arn)}`;

export function newTask(spec: TaskSpec, desired: DesiredStatus, now: number): TaskRecord {
  return {
    spec,
    desired,
    reason: null,
    containers: spec.containers.map(({ name }) => ({
      name,
      phase: "NONE",
      runtimeId: null,
      imageDigest: null,
      exitCode: null,
      reason: null,
      startedAt: null,
      finishedAt: null,
      health: "UNKNOWN",
      healthSince: now,
      restartCount: 0,
      bindings: [],
    })),
    pullStartedAt: null,
    pullStoppedAt: null,
    runningAt: null,
    executionStoppedAt: null,
    stoppedAt: spec.containers.length === 0 ? now : null,
    ...(spec.network ? { network: "NONE" as const } : {}),
    reported: { task: "NONE", containers: {} },
  };
}

export const recordOf = (task: TaskRecord, name: string): ContainerRecord | undefined =>
  task.containers.find((container) => container.name === name);

export const specOf = (task: TaskRecord, name: string): ContainerSpec | undefined =>
  task.spec.containers.find((container) => container.name === name);
