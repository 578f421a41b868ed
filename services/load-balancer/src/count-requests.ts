/** Brings what HAProxy has counted into the minutes of AWS/ApplicationELB, each request once; the loop of `start` calls this. */
import {
  type BalancerMetric,
  countersOf,
  highest,
  hostMetrics,
  increase,
  type Measured,
  trafficMetrics,
  zeroMetrics,
} from "@roadstead/balancing/balancer-metrics";
import { spreadCount } from "@roadstead/balancing/spread-count";
import {
  forgetCounters,
  keepCounters,
  type LastLook,
  loadMeasured,
  lockCounters,
} from "@roadstead/db/balancer-counters";
import type { Db, WriteTx } from "@roadstead/db/connect";
import { ensureMetricPartitions } from "@roadstead/db/metric-partitions";
import { addStatistics, putStatisticsOnce, type ScopedDatum } from "@roadstead/db/metric-write";
import { type HaproxyWorker, haproxyWorkers } from "./haproxy-workers.ts";

const NAMESPACE = "AWS/ApplicationELB";
/** What was counted while nobody looked goes into the minutes of so long at most. */
const SPREAD_MAX_MS = 3 * 60 * 60_000;

export interface CountRequestsDeps {
  readonly db: Db;
  readonly folder: string;
  /** How long a minute of metrics lasts. */
  readonly minuteMs: number;
}

/** Answers how many workers there are: with more than one, some are about to end and take their counts with them. */
export async function countRequests({ db, folder, minuteMs }: CountRequestsDeps): Promise<number> {
  const workers = await haproxyWorkers(folder);
  if (workers.length === 0) return 0;
  const now = Date.now();
  await ensureMetricPartitions(db, [now - SPREAD_MAX_MS, now]);
  await db.write((tx) => commit(tx, workers, minuteMs));
  return workers.length;
}

async function commit(tx: WriteTx, workers: readonly HaproxyWorker[], minuteMs: number): Promise<void> {
  const last = await lockCounters(
    tx,
    workers.map(({ identity }) => identity),
  );
  const { nowMs, ...measured } = await loadMeasured(tx);
  if (measured.balancers.length === 0) return;
  const data: ScopedDatum[] = [];
  for (const worker of workers) {
    const look = last.get(worker.identity);
    const counters = countersOf(worker.counts, measured);
    const window = { fromMs: lastLookMs(look, worker, nowMs), toMs: nowMs, minuteMs };
    data.push(...trafficData(measured, worker, increase(look?.counters ?? {}, counters), window));
    await keepCounters(tx, worker.identity, highest(look?.counters ?? {}, counters));
  }
  const atMs = Math.floor(nowMs / minuteMs) * minuteMs;
  const inThisMinute = (metrics: readonly BalancerMetric[]) =>
    metrics.map((metric) => ({ ...metric, namespace: NAMESPACE, atMs }));
  await addStatistics(tx, [...data, ...inThisMinute(hostMetrics(measured))]);
  await putStatisticsOnce(tx, inThisMinute(zeroMetrics(measured)));
  await forgetCounters(tx);
}

/** A worker that was never read has counted since it began. */
function lastLookMs(look: LastLook | undefined, { upMs }: HaproxyWorker, nowMs: number): number {
  const begunMs = nowMs - upMs;
  return Math.max(look?.atMs ?? 0, begunMs, nowMs - SPREAD_MAX_MS);
}

function trafficData(
  measured: Measured,
  { counts }: HaproxyWorker,
  increased: Readonly<Record<string, number>>,
  window: { readonly fromMs: number; readonly toMs: number; readonly minuteMs: number },
): readonly ScopedDatum[] {
  const byMinute = new Map<number, Record<string, number>>();
  for (const [key, total] of Object.entries(increased)) {
    if (total === 0) continue;
    for (const { atMs, count } of spreadCount(total, window)) {
      const counters = byMinute.get(atMs) ?? {};
      counters[key] = count;
      byMinute.set(atMs, counters);
    }
  }
  return [...byMinute].flatMap(([atMs, counters]) =>
    trafficMetrics(measured, counters, counts.responseMs).map((metric) => ({
      ...metric,
      namespace: NAMESPACE,
      atMs,
    })),
  );
}
