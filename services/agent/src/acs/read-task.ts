/** Reads a task of an ACS payload into the agent's own words; the payload handler calls it. */
import { z } from "zod";
import type { ContainerSpec, TaskSpec, VolumeSpec } from "../decide/task.ts";
import { networkInterface, networkOf } from "./read-network.ts";

const DEFAULT_RESTART_PERIOD_SECONDS = 300;
const strings = z.record(z.string(), z.string());
const orEmpty = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

/** A JSON text holding an object; empty text is an empty object. */
const jsonText = z
  .string()
  .nullish()
  .transform((text, context): Record<string, unknown> => {
    try {
      const value: unknown = text ? JSON.parse(text) : {};
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>;
    } catch {
      // Said below.
    }
    context.addIssue({ code: "custom", message: "not a JSON object" });
    return z.NEVER;
  });

const container = z.object({
  name: z.string().min(1),
  image: z.string().min(1),
  containerArn: z.string().nullish(),
  essential: z.boolean().nullish(),
  cpu: z.number().nullish(),
  memory: z.number().nullish(),
  command: z.array(z.string()).nullish(),
  entryPoint: z.array(z.string()).nullish(),
  environment: strings.nullish(),
  secrets: orEmpty(
    z.object({
      name: z.string(),
      valueFrom: z.string(),
      region: z.string(),
      provider: z.string(),
      type: z.string().nullish(),
      target: z.string().nullish(),
    }),
  ),
  links: orEmpty(z.string()),
  overrides: jsonText,
  portMappings: orEmpty(
    z.object({
      containerPort: z.number().nullish(),
      hostPort: z.number().nullish(),
      protocol: z.enum(["tcp", "udp"]).nullish(),
    }),
  ),
  mountPoints: orEmpty(
    z.object({ sourceVolume: z.string(), containerPath: z.string(), readOnly: z.boolean().nullish() }),
  ),
  volumesFrom: orEmpty(z.object({ sourceContainer: z.string(), readOnly: z.boolean().nullish() })),
  dependsOn: orEmpty(
    z.object({ containerName: z.string(), condition: z.enum(["START", "COMPLETE", "SUCCESS", "HEALTHY"]) }),
  ),
  startTimeout: z.number().nullish(),
  stopTimeout: z.number().nullish(),
  healthCheckType: z.string().nullish(),
  registryAuthentication: z
    .object({
      type: z.string(),
      ecrAuthData: z
        .object({ registryId: z.string(), region: z.string(), useExecutionRole: z.boolean().nullish() })
        .nullish(),
    })
    .nullish(),
  restartPolicy: z
    .object({
      enabled: z.boolean().nullish(),
      ignoredExitCodes: z.array(z.number()).nullish(),
      restartAttemptPeriod: z.number().nullish(),
    })
    .nullish(),
  dockerConfig: z.object({ config: jsonText, hostConfig: jsonText }).nullish(),
});

const volume = z.object({
  name: z.string(),
  type: z.string().nullish(),
  host: z.object({ sourcePath: z.string().nullish() }).nullish(),
  dockerVolumeConfiguration: z
    .object({
      scope: z.string().nullish(),
      autoprovision: z.boolean().nullish(),
      driver: z.string().nullish(),
      driverOpts: strings.nullish(),
      labels: strings.nullish(),
    })
    .nullish(),
});

const task = z.object({
  arn: z.string().regex(/^arn:[^/]+\/.+/),
  taskClusterArn: z.string().nullish(),
  family: z.string(),
  version: z.string(),
  desiredStatus: z.enum(["RUNNING", "STOPPED"]),
  networkMode: z.string().nullish(),
  launchType: z.string().nullish(),
  serviceName: z.string().nullish(),
  cpu: z.number().nullish(),
  memory: z.number().nullish(),
  pidMode: z.string().nullish(),
  ipcMode: z.string().nullish(),
  volumes: orEmpty(volume),
  containers: orEmpty(container),
  roleCredentials: z.object({ credentialsId: z.string() }).nullish(),
  elasticNetworkInterfaces: orEmpty(networkInterface),
});

export type TaskReading =
  | { readonly ok: true; readonly spec: TaskSpec; readonly desired: "RUNNING" | "STOPPED" }
  | { readonly ok: false; readonly arn: string | null; readonly problem: string };

interface Reader {
  readonly clusterArn: string;
  /** `host:port` at which this machine's engine reaches our registry. */
  readonly registryAddress: string;
}

export function readTask(document: unknown, { clusterArn, registryAddress }: Reader): TaskReading {
  const parsed = task.safeParse(document);
  if (!parsed.success) {
    const arn = (document as { readonly arn?: unknown } | null)?.arn;
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unreadable"}`;
    return { ok: false, arn: typeof arn === "string" ? arn : null, problem };
  }
  const { data } = parsed;
  const [given] = data.elasticNetworkInterfaces;
  return {
    ok: true,
    desired: data.desiredStatus,
    spec: {
      arn: data.arn,
      clusterArn: data.taskClusterArn ?? clusterArn,
      family: data.family,
      version: data.version,
      networkMode: data.networkMode ?? "bridge",
      ...(data.launchType ? { launchType: data.launchType } : {}),
      ...(data.serviceName ? { serviceName: data.serviceName } : {}),
      cpu: data.cpu ?? 0,
      memoryMiB: data.memory ?? 0,
      pidMode: data.pidMode ?? null,
      ipcMode: data.ipcMode ?? null,
      volumes: data.volumes.map(volumeOf),
      containers: data.containers.map((one) => containerOf(one, registryAddress)),
      ...(data.roleCredentials ? { credentialsId: data.roleCredentials.credentialsId } : {}),
      ...(given ? { network: networkOf(given) } : {}),
    },
  };
}

function containerOf(data: z.output<typeof container>, registryAddress: string): ContainerSpec {
  const registry = registryOf(data.registryAuthentication);
  const command = data.overrides.command;
  return {
    name: data.name,
    image: registry ? data.image.replace(LOOPBACK, `${registryAddress}/`) : data.image,
    registry,
    ...(data.containerArn ? { containerArn: data.containerArn } : {}),
    essential: data.essential ?? true,
    cpu: data.cpu ?? 0,
    memoryMiB: data.memory ?? 0,
    command: Array.isArray(command) ? command.map(String) : orNull(data.command),
    entryPoint: orNull(data.entryPoint),
    environment: data.environment ?? {},
    ...secretsOf(data.secrets),
    links: data.links,
    portMappings: data.portMappings.flatMap(({ containerPort, hostPort, protocol }) =>
      containerPort ? [{ containerPort, hostPort: hostPort ?? 0, protocol: protocol ?? "tcp" }] : [],
    ),
    mountPoints: data.mountPoints.map((mount) => ({ ...mount, readOnly: mount.readOnly ?? false })),
    volumesFrom: data.volumesFrom.map((from) => ({ ...from, readOnly: from.readOnly ?? false })),
    dependsOn: data.dependsOn,
    startTimeoutSeconds: data.startTimeout || null,
    stopTimeoutSeconds: data.stopTimeout || null,
    restartPolicy: data.restartPolicy
      ? {
          enabled: data.restartPolicy.enabled ?? false,
          ignoredExitCodes: data.restartPolicy.ignoredExitCodes ?? [],
          restartAttemptPeriodSeconds:
            data.restartPolicy.restartAttemptPeriod ?? DEFAULT_RESTART_PERIOD_SECONDS,
        }
      : null,
    hasHealthCheck: data.healthCheckType === "docker",
    config: data.dockerConfig?.config ?? {},
    hostConfig: data.dockerConfig?.hostConfig ?? {},
  };
}

/** The control plane knows on which port its own machine has the registry; on another one it may be taken. */
const LOOPBACK = /^127\.0\.0\.1:\d+\//;

function registryOf(data: z.output<typeof container>["registryAuthentication"]): ContainerSpec["registry"] {
  if (data?.type !== "ecr" || !data.ecrAuthData) return null;
  const { registryId, region, useExecutionRole } = data.ecrAuthData;
  return { accountId: registryId, region, ...(useExecutionRole ? { useExecutionRole: true } : {}) };
}

/** Those that become variables; no agent of ours gives any to log drivers, and none says that it does. */
function secretsOf(given: z.output<typeof container>["secrets"]): Pick<ContainerSpec, "secrets"> {
  const secrets = given
    .filter(({ target }) => target !== "LOG_DRIVER")
    .map(({ name, valueFrom, region, provider }) => ({
      name,
      valueFrom,
      region,
      provider: provider === "asm" ? ("asm" as const) : ("ssm" as const),
    }));
  return secrets.length > 0 ? { secrets } : {};
}

const orNull = (list: readonly string[] | null | undefined) => (list && list.length > 0 ? list : null);

function volumeOf(data: z.output<typeof volume>): VolumeSpec {
  const docker = data.dockerVolumeConfiguration;
  if (data.type === "docker" && docker) {
    const isShared = docker.scope === "shared";
    return {
      kind: isShared ? "shared" : "task",
      name: data.name,
      create: !isShared || docker.autoprovision === true,
      driver: docker.driver ?? null,
      driverOptions: docker.driverOpts ?? {},
      labels: docker.labels ?? {},
    };
  }
  if (data.type && data.type !== "host") return { kind: "unsupported", name: data.name, type: data.type };
  if (data.host?.sourcePath) return { kind: "bind", name: data.name, sourcePath: data.host.sourcePath };
  return { kind: "task", name: data.name, create: true, driver: null, driverOptions: {}, labels: {} };
}
