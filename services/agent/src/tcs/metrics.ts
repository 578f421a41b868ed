/** Turns counters read now and before into what the telemetry socket carries; the TCS client calls it at each interval. */
import type { ContainerUsage } from "@roadstead/runtime/runtime";
import type { TaskRecord } from "../decide/task.ts";

export interface Sample {
  readonly at: number;
  readonly usage: ContainerUsage;
}

interface StatsSet {
  readonly min: number;
  readonly max: number;
  readonly sampleCount: number;
  readonly sum: number;
}

export interface ContainerMetrics {
  readonly containerName: string;
  readonly cpuStatsSet: StatsSet;
  readonly memoryStatsSet: StatsSet;
  readonly restartStatsSet?: { readonly restartCount: number };
}

const MIB = 1_024 * 1_024;
const NANOS_PER_MS = 1_000_000;
const PERCENT = 100;

const single = (value: number): StatsSet => ({ min: value, max: value, sampleCount: 1, sum: value });

/** Percent of one core, and MiB. Null when there is nothing to compare with, as after a start. */
export function containerMetrics(
  containerName: string,
  before: Sample | undefined,
  now: Sample,
): ContainerMetrics | null {
  if (!before || now.at <= before.at || now.usage.cpuNanos < before.usage.cpuNanos) return null;
  const cpu =
    ((now.usage.cpuNanos - before.usage.cpuNanos) / ((now.at - before.at) * NANOS_PER_MS)) * PERCENT;
  return {
    containerName,
    cpuStatsSet: single(cpu),
    memoryStatsSet: single(now.usage.memoryBytes / MIB),
  };
}

/** Tasks that have a container with a health check; null when none has. */
export function healthOf(tasks: readonly TaskRecord[]): readonly object[] | null {
  const withChecks = tasks.flatMap((task) => {
    const containers = task.containers.filter(
      ({ name, phase }) =>
        phase === "RUNNING" && task.spec.containers.some((spec) => spec.name === name && spec.hasHealthCheck),
    );
    if (containers.length === 0) return [];
    return [
      {
        ...taskIdentity(task),
        containers: containers.map(({ name, health, healthSince }) => ({
          containerName: name,
          healthStatus: health,
          statusSince: healthSince / 1_000,
        })),
      },
    ];
  });
  return withChecks.length === 0 ? null : withChecks;
}

export const taskIdentity = ({ spec }: TaskRecord) => ({
  taskArn: spec.arn,
  taskDefinitionFamily: spec.family,
  taskDefinitionVersion: spec.version,
});
