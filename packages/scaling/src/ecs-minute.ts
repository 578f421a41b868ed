/**
 * What a minute of tasks' samples says of their services and clusters, in the metrics of AWS/ECS. Pure.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
 */

/** A task's average use in the minute, over all its containers, and what it reserves. */
export interface TaskMinute {
  readonly scopeId: number;
  readonly cluster: string;
  readonly service: string | null;
  /** CPU units; null when nothing was said of it. */
  readonly cpuUsed: number | null;
  readonly memoryUsedMiB: number | null;
  readonly cpuReserved: number;
  readonly memoryReservedMiB: number;
  /** Whether it runs on machines that its cluster counts as its own. */
  readonly onInstance: boolean;
}

/** A cluster's machines, and what tasks hold of them. */
export interface ClusterMinute {
  readonly scopeId: number;
  readonly cluster: string;
  readonly instances: number;
  readonly cpuRegistered: number;
  readonly memoryRegisteredMiB: number;
  readonly cpuReserved: number;
  readonly memoryReservedMiB: number;
}

export interface MinuteMetric {
  readonly scopeId: number;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

export function ecsMinute(
  tasks: readonly TaskMinute[],
  clusters: readonly ClusterMinute[],
): readonly MinuteMetric[] {
  return [
    ...groups(tasks.filter(({ service }) => service !== null)).flatMap(serviceMetrics),
    ...clusters.flatMap((cluster) => clusterMetrics(cluster, tasks)),
  ];
}

function groups(tasks: readonly TaskMinute[]): readonly (readonly TaskMinute[])[] {
  const found = new Map<string, TaskMinute[]>();
  for (const task of tasks) {
    const key = JSON.stringify([task.scopeId, task.cluster, task.service]);
    const group = found.get(key) ?? [];
    group.push(task);
    found.set(key, group);
  }
  return [...found.values()];
}

/** One sample a task, so that their number is that of the tasks; the average is what all use of what all reserve. */
function serviceMetrics(tasks: readonly TaskMinute[]): readonly MinuteMetric[] {
  const [first] = tasks;
  if (!first) return [];
  const dimensions = { ClusterName: first.cluster, ServiceName: first.service ?? "" };
  const metric = (metricName: string, pairs: readonly Pair[]) =>
    utilisation({ scopeId: first.scopeId, metricName, dimensions }, pairs);
  return [
    ...metric("CPUUtilization", pairsOf(tasks, "cpu")),
    ...metric("MemoryUtilization", pairsOf(tasks, "memory")),
  ];
}

interface Pair {
  readonly used: number;
  readonly reserved: number;
}

/** A task that reserves nothing, or of which nothing is known, is left out: there is no share of nothing. */
function pairsOf(tasks: readonly TaskMinute[], of: "cpu" | "memory"): readonly Pair[] {
  return tasks.flatMap((task) => {
    const used = of === "cpu" ? task.cpuUsed : task.memoryUsedMiB;
    const reserved = of === "cpu" ? task.cpuReserved : task.memoryReservedMiB;
    return used === null || reserved <= 0 ? [] : [{ used, reserved }];
  });
}

type Named = Pick<MinuteMetric, "scopeId" | "metricName" | "dimensions">;

function utilisation(named: Named, pairs: readonly Pair[]): readonly MinuteMetric[] {
  if (pairs.length === 0) return [];
  const shares = pairs.map(({ used, reserved }) => percent(used, reserved));
  const average = percent(total(pairs.map(({ used }) => used)), total(pairs.map(({ reserved }) => reserved)));
  return [
    {
      ...named,
      sampleCount: pairs.length,
      sum: average * pairs.length,
      minimum: Math.min(...shares),
      maximum: Math.max(...shares),
    },
  ];
}

function clusterMetrics(cluster: ClusterMinute, tasks: readonly TaskMinute[]): readonly MinuteMetric[] {
  const own = tasks.filter(
    (task) => task.onInstance && task.scopeId === cluster.scopeId && task.cluster === cluster.cluster,
  );
  const dimensions = { ClusterName: cluster.cluster };
  const single = (metricName: string, used: number, registered: number): readonly MinuteMetric[] => {
    if (registered <= 0) return [];
    const value = percent(used, registered);
    return [
      {
        scopeId: cluster.scopeId,
        metricName,
        dimensions,
        sampleCount: cluster.instances,
        sum: value * cluster.instances,
        minimum: value,
        maximum: value,
      },
    ];
  };
  return [
    ...single("CPUReservation", cluster.cpuReserved, cluster.cpuRegistered),
    ...single("MemoryReservation", cluster.memoryReservedMiB, cluster.memoryRegisteredMiB),
    ...single("CPUUtilization", total(own.map(({ cpuUsed }) => cpuUsed ?? 0)), cluster.cpuRegistered),
    ...single(
      "MemoryUtilization",
      total(own.map(({ memoryUsedMiB }) => memoryUsedMiB ?? 0)),
      cluster.memoryRegisteredMiB,
    ),
  ];
}

const percent = (used: number, of: number) => (used / of) * 100;
const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
