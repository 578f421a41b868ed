/**
 * What the metrics of AWS/ApplicationELB say of what was counted since the last look. Pure.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
import type { WorkerCounts } from "./read-counters.ts";

export interface MeasuredGroup {
  readonly id: string;
  readonly scopeId: number;
  /** Of the ARN: `targetgroup/name/id`. */
  readonly suffix: string;
  readonly loadBalancerId: string;
  readonly healthy: number;
  readonly unhealthy: number;
}

export interface MeasuredBalancer {
  readonly id: string;
  readonly scopeId: number;
  /** Of the ARN: `app/name/id`. */
  readonly suffix: string;
  readonly listenerIds: readonly string[];
}

export interface Measured {
  readonly balancers: readonly MeasuredBalancer[];
  readonly groups: readonly MeasuredGroup[];
}

/** What a worker has counted, by keys that a later look finds again. */
export type Counters = Readonly<Record<string, number>>;

const CLASSES = [2, 3, 4, 5] as const;
const requestsKey = (groupId: string) => `group ${groupId} requests`;
const targetKey = (groupId: string, digit: number) => `group ${groupId} ${digit}xx`;
const ownKey = (balancerId: string, digit: number) => `balancer ${balancerId} ${digit}xx`;

/** What listeners answered and no target of theirs did came from the balancer itself. */
export function countersOf(counts: WorkerCounts, { balancers, groups }: Measured): Counters {
  const counters: Record<string, number> = {};
  for (const { id } of groups) {
    const counted = counts.groups.get(id);
    counters[requestsKey(id)] = counted?.requests ?? 0;
    for (const digit of CLASSES) counters[targetKey(id, digit)] = counted?.[digit] ?? 0;
  }
  for (const balancer of balancers) {
    const own = groups.filter(({ loadBalancerId }) => loadBalancerId === balancer.id);
    for (const digit of CLASSES) {
      const answered = total(balancer.listenerIds.map((id) => counts.listeners.get(id)?.[digit] ?? 0));
      const byTargets = total(own.map(({ id }) => counts.groups.get(id)?.[digit] ?? 0));
      counters[ownKey(balancer.id, digit)] = Math.max(0, answered - byTargets);
    }
  }
  return counters;
}

/** A worker only counts upwards; of two looks that overlapped, the later has counted what the earlier did not. */
export const increase = (before: Counters, now: Counters): Counters =>
  Object.fromEntries(
    Object.entries(now).map(([key, value]) => [key, Math.max(0, value - (before[key] ?? 0))]),
  );

export const highest = (before: Counters, now: Counters): Counters => ({
  ...before,
  ...Object.fromEntries(Object.entries(now).map(([key, value]) => [key, Math.max(value, before[key] ?? 0)])),
});

export interface BalancerMetric {
  readonly scopeId: number;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit: "Count" | "Seconds" | "None";
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Of one worker's increase in one minute. */
export function trafficMetrics(
  { balancers, groups }: Measured,
  increased: Counters,
  responseMs: ReadonlyMap<string, number>,
): readonly BalancerMetric[] {
  const of = (key: string) => increased[key] ?? 0;
  return balancers.flatMap((balancer) => {
    const own = groups.filter(({ loadBalancerId }) => loadBalancerId === balancer.id);
    const dimensions = { LoadBalancer: balancer.suffix };
    const named = (metricName: string, count: number) =>
      counted({ scopeId: balancer.scopeId, metricName, dimensions }, count);
    return [
      ...named("RequestCount", total(own.map(({ id }) => of(requestsKey(id))))),
      ...CLASSES.flatMap((digit) => [
        ...named(`HTTPCode_Target_${digit}XX_Count`, total(own.map(({ id }) => of(targetKey(id, digit))))),
        // A balancer says nothing that ends well by itself.
        ...(digit === 2 ? [] : named(`HTTPCode_ELB_${digit}XX_Count`, of(ownKey(balancer.id, digit)))),
      ]),
      ...own.flatMap((group) => groupMetrics(group, balancer, of, responseMs.get(group.id) ?? 0)),
    ];
  });
}

function groupMetrics(
  group: MeasuredGroup,
  balancer: MeasuredBalancer,
  of: (key: string) => number,
  responseMs: number,
): readonly BalancerMetric[] {
  const { scopeId, healthy } = group;
  const both = { LoadBalancer: balancer.suffix, TargetGroup: group.suffix };
  const requests = of(requestsKey(group.id));
  const took = responseMs / 1_000;
  const time = (dimensions: BalancerMetric["dimensions"]): readonly BalancerMetric[] =>
    requests === 0
      ? []
      : [
          {
            scopeId,
            metricName: "TargetResponseTime",
            dimensions,
            unit: "Seconds",
            sampleCount: requests,
            sum: took * requests,
            minimum: took,
            maximum: took,
          },
        ];
  // With none of them healthy all are used, and AWS divides by none.
  const each = requests / Math.max(1, healthy);
  return [
    ...counted({ scopeId, metricName: "RequestCount", dimensions: both }, requests),
    ...CLASSES.flatMap((digit) =>
      counted(
        { scopeId, metricName: `HTTPCode_Target_${digit}XX_Count`, dimensions: both },
        of(targetKey(group.id, digit)),
      ),
    ),
    ...time(both),
    ...time({ LoadBalancer: balancer.suffix }),
    ...(requests === 0
      ? []
      : [{ TargetGroup: group.suffix }, both].map((dimensions) =>
          gauge({ scopeId, metricName: "RequestCountPerTarget", dimensions, unit: "None" }, each),
        )),
  ];
}

/** A zero for minutes without requests: what scales by them must see that there are none. */
export function zeroMetrics({ balancers, groups }: Measured): readonly BalancerMetric[] {
  const suffixOf = suffixes(balancers);
  return [
    ...balancers.map(({ scopeId, suffix }) =>
      gauge({ scopeId, metricName: "RequestCount", dimensions: { LoadBalancer: suffix }, unit: "Count" }, 0),
    ),
    ...groups.flatMap(({ scopeId, suffix, loadBalancerId }) => {
      const named = { scopeId, metricName: "RequestCountPerTarget", unit: "None" } as const;
      const alone = { TargetGroup: suffix };
      return [alone, { ...alone, LoadBalancer: suffixOf(loadBalancerId) }].map((dimensions) =>
        gauge({ ...named, dimensions }, 0),
      );
    }),
  ];
}

/** How many targets there are, at each look; a group without targets has no points. */
export function hostMetrics({ balancers, groups }: Measured): readonly BalancerMetric[] {
  const suffixOf = suffixes(balancers);
  return groups.flatMap(({ scopeId, suffix, loadBalancerId, healthy, unhealthy }) => {
    if (healthy + unhealthy === 0) return [];
    const dimensions = { LoadBalancer: suffixOf(loadBalancerId), TargetGroup: suffix };
    return [
      gauge({ scopeId, metricName: "HealthyHostCount", dimensions, unit: "Count" }, healthy),
      gauge({ scopeId, metricName: "UnHealthyHostCount", dimensions, unit: "Count" }, unhealthy),
    ];
  });
}

function suffixes(balancers: readonly MeasuredBalancer[]): (id: string) => string {
  const known = new Map(balancers.map(({ id, suffix }) => [id, suffix]));
  return (id) => known.get(id) ?? "";
}

type Named = Pick<BalancerMetric, "scopeId" | "metricName" | "dimensions">;

/** Each of what is counted is a sample of one. */
const counted = (named: Named, count: number): readonly BalancerMetric[] =>
  count === 0 ? [] : [{ ...named, unit: "Count", sampleCount: count, sum: count, minimum: 1, maximum: 1 }];

const gauge = (named: Named & Pick<BalancerMetric, "unit">, value: number): BalancerMetric => ({
  ...named,
  sampleCount: 1,
  sum: value,
  minimum: value,
  maximum: value,
});

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
