/** The task definition as ECS answers it: what registration normalises, db stores and placement and gateway read. */
import type { Attribute, Protocol } from "./container-instance.ts";
import type { LaunchType } from "./task.ts";

export type NetworkMode = "awsvpc" | "bridge" | "host" | "none";
export type DependencyCondition = "START" | "COMPLETE" | "SUCCESS" | "HEALTHY";
export type LogDriver =
  | "awsfirelens"
  | "awslogs"
  | "fluentd"
  | "gelf"
  | "journald"
  | "json-file"
  | "splunk"
  | "syslog";

export interface KeyValuePair {
  readonly name?: string;
  readonly value?: string;
}

export interface Secret {
  readonly name: string;
  readonly valueFrom: string;
}

/** `hostPort` is 0 for a dynamic port and absent for a port range. */
export interface PortMapping {
  readonly containerPort?: number;
  readonly containerPortRange?: string;
  readonly hostPort?: number;
  readonly protocol: Protocol;
  readonly name?: string;
  readonly appProtocol?: "http" | "http2" | "grpc";
}

export interface MountPoint {
  readonly sourceVolume?: string;
  readonly containerPath?: string;
  readonly readOnly?: boolean;
}

export interface VolumeFrom {
  readonly sourceContainer?: string;
  readonly readOnly?: boolean;
}

export interface ContainerDependency {
  readonly containerName: string;
  readonly condition: DependencyCondition;
}

export interface HealthCheck {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod?: number;
}

export interface LogConfiguration {
  readonly logDriver: LogDriver;
  readonly options?: Readonly<Record<string, string>>;
  readonly secretOptions?: readonly Secret[];
}

export interface FirelensConfiguration {
  readonly type: "fluentd" | "fluentbit";
  readonly options?: Readonly<Record<string, string>>;
}

export interface Device {
  readonly hostPath: string;
  readonly containerPath?: string;
  readonly permissions?: readonly ("read" | "write" | "mknod")[];
}

export interface Tmpfs {
  readonly containerPath: string;
  readonly size: number;
  readonly mountOptions?: readonly string[];
}

export interface LinuxParameters {
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly devices?: readonly Device[];
  readonly initProcessEnabled?: boolean;
  readonly sharedMemorySize?: number;
  readonly tmpfs?: readonly Tmpfs[];
  readonly maxSwap?: number;
  readonly swappiness?: number;
}

export interface Ulimit {
  readonly name: string;
  readonly softLimit: number;
  readonly hardLimit: number;
}

export interface ResourceRequirement {
  readonly type: "GPU" | "InferenceAccelerator" | "NeuronDevice";
  readonly value?: string;
  readonly sharingStrategy?: string;
}

export interface ContainerRestartPolicy {
  readonly enabled: boolean;
  readonly ignoredExitCodes?: readonly number[];
  readonly restartAttemptPeriod?: number;
}

export interface EnvironmentFile {
  readonly value: string;
  readonly type: "s3";
}

export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly repositoryCredentials?: { readonly credentialsParameter: string };
  /** CPU units; 0 when none were asked for. */
  readonly cpu: number;
  /** Hard limit in MiB. */
  readonly memory?: number;
  /** Soft limit in MiB; placement counts this one when both are set. */
  readonly memoryReservation?: number;
  readonly links?: readonly string[];
  readonly portMappings: readonly PortMapping[];
  readonly essential: boolean;
  readonly restartPolicy?: ContainerRestartPolicy;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: readonly KeyValuePair[];
  readonly environmentFiles?: readonly EnvironmentFile[];
  readonly mountPoints: readonly MountPoint[];
  readonly volumesFrom: readonly VolumeFrom[];
  readonly linuxParameters?: LinuxParameters;
  readonly secrets?: readonly Secret[];
  readonly dependsOn?: readonly ContainerDependency[];
  readonly startTimeout?: number;
  readonly stopTimeout?: number;
  readonly versionConsistency?: "enabled" | "disabled";
  readonly hostname?: string;
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly disableNetworking?: boolean;
  readonly privileged?: boolean;
  readonly readonlyRootFilesystem?: boolean;
  readonly dnsServers?: readonly string[];
  readonly dnsSearchDomains?: readonly string[];
  readonly extraHosts?: readonly { readonly hostname: string; readonly ipAddress: string }[];
  readonly dockerSecurityOptions?: readonly string[];
  readonly interactive?: boolean;
  readonly pseudoTerminal?: boolean;
  readonly dockerLabels?: Readonly<Record<string, string>>;
  readonly ulimits?: readonly Ulimit[];
  readonly logConfiguration?: LogConfiguration;
  readonly healthCheck?: HealthCheck;
  readonly systemControls: readonly { readonly namespace?: string; readonly value?: string }[];
  readonly resourceRequirements?: readonly ResourceRequirement[];
  readonly firelensConfiguration?: FirelensConfiguration;
  readonly credentialSpecs?: readonly string[];
}

export interface DockerVolumeConfiguration {
  readonly scope: "task" | "shared";
  readonly autoprovision?: boolean;
  readonly driver?: string;
  readonly driverOpts?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface EfsVolumeConfiguration {
  readonly fileSystemId: string;
  readonly rootDirectory: string;
  readonly transitEncryption?: "ENABLED" | "DISABLED";
  readonly transitEncryptionPort?: number;
  readonly authorizationConfig?: {
    readonly accessPointId?: string;
    readonly iam?: "ENABLED" | "DISABLED";
  };
}

export interface S3FilesVolumeConfiguration {
  readonly fileSystemArn: string;
  readonly rootDirectory?: string;
  readonly transitEncryptionPort?: number;
  readonly accessPointArn?: string;
}

export interface FsxWindowsFileServerVolumeConfiguration {
  readonly fileSystemId: string;
  readonly rootDirectory: string;
  readonly authorizationConfig: { readonly credentialsParameter: string; readonly domain: string };
}

/** A volume with no configuration at all is an empty directory on the host. */
export interface Volume {
  readonly name: string;
  readonly host?: { readonly sourcePath?: string };
  readonly dockerVolumeConfiguration?: DockerVolumeConfiguration;
  readonly efsVolumeConfiguration?: EfsVolumeConfiguration;
  readonly s3filesVolumeConfiguration?: S3FilesVolumeConfiguration;
  readonly fsxWindowsFileServerVolumeConfiguration?: FsxWindowsFileServerVolumeConfiguration;
  readonly configuredAtLaunch?: boolean;
}

export interface RuntimePlatform {
  readonly cpuArchitecture?: "X86_64" | "ARM64";
  /** `LINUX` or one of the `WINDOWS_SERVER_*` families. */
  readonly operatingSystemFamily?: string;
}

/** What a revision says. Its identity (ARN, revision, status, dates) is beside it. */
export interface TaskDefinition {
  readonly family: string;
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly volumes: readonly Volume[];
  readonly placementConstraints: readonly { readonly type: "memberOf"; readonly expression?: string }[];
  /** Absent on Windows, where Docker's own default applies. */
  readonly networkMode?: NetworkMode;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly requiresCompatibilities?: readonly LaunchType[];
  /** CPU units, as a decimal string. */
  readonly cpu?: string;
  /** MiB, as a decimal string. */
  readonly memory?: string;
  readonly pidMode?: "host" | "task";
  readonly ipcMode?: "host" | "task" | "none";
  readonly proxyConfiguration?: {
    readonly type?: "APPMESH";
    readonly containerName: string;
    readonly properties?: readonly KeyValuePair[];
  };
  readonly inferenceAccelerators?: readonly { readonly deviceName: string; readonly deviceType: string }[];
  readonly ephemeralStorage?: { readonly sizeInGiB: number };
  readonly runtimePlatform?: RuntimePlatform;
  readonly enableFaultInjection?: boolean;
}

/** What registration derives from a definition: where it can run and what an instance must offer. */
export interface DerivedRequirements {
  readonly compatibilities: readonly LaunchType[];
  readonly requiresAttributes: readonly Attribute[];
}
