/** Reads an agent's telemetry message into what is stored of it; TCS sessions call it. Nothing in it is trusted. */
import type { HealthStatus } from "@roadstead/model/task";
import { z } from "zod";

const TASK_ID = /\/([0-9a-f]{32})$/;
const TASKS_MAX = 1_000;
const CONTAINERS_MAX = 1_000;
const containerName = z.string().regex(/^[\w-]{1,255}$/);
const statsSet = z.object({ sum: z.number(), sampleCount: z.number() }).nullish().catch(null);

const metricsRequest = z.object({
  taskMetrics: z
    .array(
      z.object({
        taskArn: z.string(),
        containerMetrics: z
          .array(
            z.object({
              containerName: z.string().nullish(),
              cpuStatsSet: statsSet,
              memoryStatsSet: statsSet,
            }),
          )
          .max(CONTAINERS_MAX)
          .nullish(),
      }),
    )
    .max(TASKS_MAX)
    .nullish(),
});

const healthRequest = z.object({
  tasks: z
    .array(
      z.object({
        taskArn: z.string(),
        containers: z
          .array(z.object({ containerName: z.string().nullish(), healthStatus: z.string().nullish() }))
          .max(CONTAINERS_MAX)
          .nullish(),
      }),
    )
    .max(TASKS_MAX)
    .nullish(),
});

export interface ContainerUtilisation {
  readonly taskId: string;
  readonly containerName: string;
  /** Percent of one core. */
  readonly cpuPercent: number | null;
  readonly memoryMiB: number | null;
}

export interface TaskHealthReport {
  readonly taskId: string;
  readonly health: readonly { readonly name: string; readonly healthStatus: HealthStatus }[];
}

export type Telemetry =
  | { readonly kind: "metrics"; readonly containers: readonly ContainerUtilisation[] }
  | { readonly kind: "health"; readonly tasks: readonly TaskHealthReport[] }
  | { readonly kind: "instanceStatus" }
  | { readonly kind: "unknown" };

/** Null for a message of a known type that cannot be read. */
export function readTelemetry(envelope: {
  readonly type: string;
  readonly message: unknown;
}): Telemetry | null {
  switch (envelope.type) {
    case "PublishMetricsRequest": {
      const parsed = metricsRequest.safeParse(envelope.message);
      return parsed.success ? { kind: "metrics", containers: utilisation(parsed.data) } : null;
    }
    case "PublishHealthRequest": {
      const parsed = healthRequest.safeParse(envelope.message);
      return parsed.success ? { kind: "health", tasks: healthReports(parsed.data) } : null;
    }
    case "PublishInstanceStatusRequest":
      return { kind: "instanceStatus" };
    default:
      return { kind: "unknown" };
  }
}

/** One entry a container: of several the last counts. */
function utilisation({ taskMetrics }: z.infer<typeof metricsRequest>): readonly ContainerUtilisation[] {
  const found = new Map<string, ContainerUtilisation>();
  for (const { taskArn, containerMetrics } of taskMetrics ?? []) {
    const taskId = TASK_ID.exec(taskArn)?.[1];
    for (const metric of containerMetrics ?? []) {
      const name = containerName.safeParse(metric.containerName);
      if (!taskId || !name.success) continue;
      found.set(`${taskId} ${name.data}`, {
        taskId,
        containerName: name.data,
        cpuPercent: average(metric.cpuStatsSet),
        memoryMiB: average(metric.memoryStatsSet),
      });
    }
  }
  return [...found.values()];
}

function average(set: z.infer<typeof statsSet>): number | null {
  if (!set || set.sampleCount <= 0) return null;
  const value = set.sum / set.sampleCount;
  return Number.isFinite(value) && value >= 0 ? value : null;
}

function healthReports({ tasks }: z.infer<typeof healthRequest>): readonly TaskHealthReport[] {
  return (tasks ?? []).flatMap(({ taskArn, containers }) => {
    const taskId = TASK_ID.exec(taskArn)?.[1];
    const health = (containers ?? []).flatMap(({ containerName: name, healthStatus }) =>
      name && isHealthStatus(healthStatus) ? [{ name, healthStatus }] : [],
    );
    return taskId && health.length > 0 ? [{ taskId, health }] : [];
  });
}

const isHealthStatus = (text: string | null | undefined): text is HealthStatus =>
  text === "HEALTHY" || text === "UNHEALTHY" || text === "UNKNOWN";
